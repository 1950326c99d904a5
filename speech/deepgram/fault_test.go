package deepgram

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/speech"
	. "parley/speech/deepgram/deepgramtest"
	"parley/speech/internal/outbox"
	"parley/speech/speechtest"
)

// TestListenFaults: each ends the utterance within its time with one result,
// and leaves nothing behind (the bubble would not end).
func TestListenFaults(t *testing.T) {
	const timeout = 2 * time.Second
	refuse := func(code int, header map[string]string) *Server {
		var r []Refusal
		for range 10 {
			r = append(r, Refusal{Code: code, Header: header})
		}
		return &Server{Refuse: r, Listen: []func(*Ear){Listen(Script{})}}
	}
	plays := func(f func(*Ear)) *Server { return &Server{Listen: []func(*Ear){f}} }
	half := func(then func(*Ear)) *Server {
		return plays(func(e *Ear) {
			Listen(Script{Text: "yes please", OnAudio: func(_ *Ear, n int64) bool { return n >= 4000 }})(e)
			then(e)
		})
	}
	for _, f := range []struct {
		name   string
		server *Server
		fault  string
		within time.Duration
		text   string
	}{
		{"401", refuse(401, nil), "refused", 0, ""},
		{"402", refuse(402, nil), "refused", 0, ""},
		{"400", refuse(400, nil), "refused", 0, ""},
		{"429", refuse(429, map[string]string{"Retry-After": "3"}), "busy", 0, ""},
		{"500", refuse(500, nil), "broken", 0, ""},
		{"silence", plays(func(e *Ear) { e.Deaf() }), "timeout", timeout, ""},
		{"silence after a partial", half(func(e *Ear) { e.Deaf() }), "", timeout, "yes please"},
		{"reset at once", plays(func(e *Ear) { e.Reset() }), "broken", 0, ""},
		{"reset every time", half(func(e *Ear) { e.Reset() }), "broken", 0, ""},
		{"closed for a fault", half(func(e *Ear) { e.Close(1011, "NET-0001") }), "broken", 0, ""},
		{"closed for our data", half(func(e *Ear) { e.Close(1008, "DATA-0000") }), "refused", 0, ""},
		{"garbage", half(func(e *Ear) { e.Raw(1, []byte("}{")); e.Deaf() }), "broken", 0, ""},
		{"a list", half(func(e *Ear) { e.Raw(1, []byte("[1]")); e.Deaf() }), "broken", 0, ""},
		{"an error", half(func(e *Ear) { e.Send(M{"type": "Error", "description": "no"}); e.Deaf() }), "broken", 0, ""},
		{"a message for ever", half(func(e *Ear) { e.Raw(1, make([]byte, mostMessage+2)) }), "broken", 0, ""},
		{"partials for ever", half(func(e *Ear) {
			go e.Deaf()
			for i := 0; e.Partial(fmt.Sprint("and on ", i)) && i < 2500; i++ {
				if i%10 == 0 {
					time.Sleep(10 * time.Millisecond)
				}
			}
		}), "", timeout, "*"},
	} {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := session(t, f.server, phone)
				l.Start(7, speech.Hints{FinalTimeout: timeout})
				l.Hear(sound(time.Second, 8000))
				begin := time.Now()
				l.Stop()
				r := l.Final(t)
				if took := time.Since(begin); took != f.within {
					t.Errorf("it took %s, want %s", took, f.within)
				}
				if r.Utterance != 7 || speech.FaultOf(r.Err) != f.fault || f.text != "*" && r.Text != f.text {
					t.Errorf("%+v, want %q, %q", r, f.fault, f.text)
				}
				if strings.Contains(fmt.Sprint(r.Err), "hunter2") {
					t.Error("the key stands in it")
				}
				time.Sleep(5 * time.Second)
				l.Nothing(t)
			})
		})
	}
}

// TestWriteNeverBlocks: the network takes nothing, and the caller speaks on.
func TestWriteNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		l := session(t, &Server{Listen: []func(*Ear){func(*Ear) { <-stop }}}, phone)
		defer close(stop)
		l.Start(1, speech.Hints{})
		begin := time.Now()
		l.Hear(sound(time.Minute, 8000))
		if time.Since(begin) != 0 {
			t.Errorf("writing took %s", time.Since(begin))
		}
		if r := l.Final(t); speech.FaultOf(r.Err) != "timeout" {
			t.Errorf("%+v", r)
		}
		l.Stop()
		synctest.Wait()
		l.Nothing(t)
	})
}

// TestAfterAFault the next utterance is understood.
func TestAfterAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Refuse: []Refusal{{Code: 503}, {Code: 401}}, Listen: []func(*Ear){Listen(Script{Text: "yes"})}}
		l := session(t, s, phone)
		synctest.Wait()
		for id, want := range []string{"refused", ""} {
			l.Start(id, speech.Hints{})
			l.Hear(sound(200*time.Millisecond, 8000))
			l.Stop()
			if r := l.Final(t); r.Utterance != id || speech.FaultOf(r.Err) != want {
				t.Errorf("%+v, want %q", r, want)
			}
		}
	})
}

func TestTooManyPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := session(t, &Server{Listen: []func(*Ear){func(e *Ear) { e.Deaf() }}}, phone)
		for id := range mostPending + 1 {
			l.Start(id, speech.Hints{})
			l.Hear(sound(100*time.Millisecond, 8000))
			l.Stop()
		}
		if r := l.Final(t); r.Utterance != mostPending || !errors.Is(r.Err, speech.ErrBusy) {
			t.Errorf("%+v", r)
		}
	})
}

func TestConnectionsThatFail(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "ws://" + l.Addr().String()
	l.Close()
	secure := httptest.NewUnstartedServer(&Server{})
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	secure.StartTLS()
	defer secure.Close()
	for name, url := range map[string]string{
		"connection refused": refused, "an unknown certificate": strings.Replace(secure.URL, "https", "wss", 1), "no such name": "ws://parley.invalid",
	} {
		c := config()
		c.URL = url
		r, err := NewRecognizer(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		ear := speechtest.Listen(t, r, phone)
		ear.Start(1, speech.Hints{})
		ear.Hear(sound(200*time.Millisecond, 8000))
		ear.Stop()
		if got := ear.Final(t); speech.FaultOf(got.Err) != "unavailable" {
			t.Errorf("%s: %+v", name, got)
		}
		ear.Close()
		r.Close()
		y, err := NewSynthesizer(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := y.Speak(t.Context(), line1("Yes."), nil); speech.FaultOf(err) != "unavailable" {
			t.Errorf("%s: %v", name, err)
		}
		y.Close()
	}
}

func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := speechtest.NewPipe() // nobody accepts
		y, err := NewSynthesizer(config(), p.Dial)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := y.Speak(t.Context(), line1("Yes."), nil); speech.FaultOf(err) != "timeout" || time.Since(begin) != config().ConnectTimeout {
			t.Errorf("%v after %s", err, time.Since(begin))
		}
	})
}

func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"type":"Results","start":0,"duration":1,"is_final":true,"channel":{"alternatives":[{"transcript":"yes","words":[{"word":"yes","start":0,"end":1}]}]}}`))
	f.Add([]byte(`{"type":"Results","start":1e308,"duration":-1e308,"channel":[0,1]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e event
		if json.Unmarshal(b, &e) != nil {
			return
		}
		n := &recognition{f: phone, join: " ", outbox: outbox.New(nil), r: &Recognizer{c: config()}}
		u := &utterance{id: 1, rate: 8000, pcm: make([]int16, 8000), begun: true, sent: 8000}
		n.utterances, n.stream.position = []*utterance{u}, 8000
		n.understood(e)
		n.understood(e)
		if u.base < 0 || u.base > 8000 || u.length() != 8000 || n.outbox.Waiting() > 1 {
			t.Errorf("base %d, length %d, %d results", u.base, u.length(), n.outbox.Waiting())
		}
	})
}
