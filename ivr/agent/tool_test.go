package agent

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/ivr/flow"
	"parley/speech"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is somebody's API.
type server struct {
	*httptest.Server
	hits  atomic.Int32
	come  chan struct{} // gets one for each request
	last  atomic.Value  // string: method, address and body
	hold  chan struct{}
	reply string
	code  int
}

func newServer(t *testing.T) *server {
	s := &server{come: make(chan struct{}, 100), reply: `{"Order":{"STATUS":"ready"},"n":3}`, code: 200}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		s.come <- struct{}{}
		body, _ := io.ReadAll(r.Body)
		s.last.Store(r.Method + " " + r.URL.String() + " " + string(body) + " " + r.Header.Get("X-Who"))
		if s.hold != nil {
			select {
			case <-s.hold:
			case <-r.Context().Done():
			}
		}
		w.WriteHeader(s.code)
		_, _ = io.WriteString(w, s.reply)
	}))
	t.Cleanup(s.Close)
	return s
}

func (d *desk) tool(t flow.Tool) {
	t.Name, t.When = "look", "always"
	d.node.Tools = append(d.node.Tools, t)
	d.cfg.AllowNetworks = []string{"127.0.0.0/8"}
}

func look(arguments string) speech.ToolCall {
	return speech.ToolCall{ID: "a", Name: "look", Arguments: arguments}
}

func TestAToolIsAsked(t *testing.T) {
	s := newServer(t)
	d := newDesk(t, says("Let me see. ", look(`{"order":"12 3","other":"x"}`)), says("It is ready."))
	d.tool(flow.Tool{
		URL: s.URL + "/orders/{{name}}?a=1", Headers: map[string]string{"X-Who": "${caller}"},
		Inputs: map[string]string{"user_phone": "", "fixed": "f {{caller}}"}, Parameters: map[string]flow.Parameter{"order": {}},
		Outputs: map[string]string{"status": "order.status", "n": "", "none": "nothing"},
	})
	v, err := d.ask(t.Context(), "where is it")
	if err != nil || v.Failed || d.said() != "Let me see.|It is ready." {
		t.Fatalf("%+v, %v, said %q", v, err, d.said())
	}
	if got, want := s.last.Load(), "GET /orders/Ann%20B?a=1&fixed=f+100&order=12+3&user_phone=100  100"; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	if v.Set["status"] != "ready" || v.Set["n"] != "3" || len(v.Set) != 2 {
		t.Errorf("variables %v", v.Set)
	}
	m := d.model.chats[1].Messages
	if n := len(m); n != 3 || m[1].Role != speech.RoleRobot || m[1].Text != "Let me see." || len(m[1].Calls) != 1 ||
		m[2].Role != speech.RoleTool || m[2].CallID != "a" || m[2].Text != s.reply {
		t.Errorf("messages %+v", m)
	}
}

// TestWhatIsWrongWithATool is told to the model, which can tell the caller.
func TestWhatIsWrongWithATool(t *testing.T) {
	for _, c := range []struct {
		name   string
		call   speech.ToolCall
		change func(*desk, *server)
		want   string
	}{
		{"an unknown name", speech.ToolCall{ID: "a", Name: "dance"}, nil, "no function of that name"},
		{"arguments that are none", look(`{"order"`), nil, "no JSON object"},
		{"a parameter that is missing", look(`{}`), nil, "order is missing"},
		{"an error", look(`{"order":"1"}`), func(_ *desk, s *server) { s.code = 500 }, "answers 500"},
		{"a private address", look(`{"order":"1"}`), func(d *desk, _ *server) { d.cfg.AllowNetworks = nil }, "private"},
		{"a silent server", look(`{"order":"1"}`), func(d *desk, s *server) { s.hold, d.cfg.ToolTimeout = make(chan struct{}), 20*time.Millisecond }, "no answer within 20ms"},
		{"a name that is private", look(`{"order":"1"}`), func(d *desk, _ *server) {
			d.cfg.AllowNetworks = nil
			d.node.Tools[0].URL = strings.Replace(d.node.Tools[0].URL, "127.0.0.1", "localhost", 1)
		}, "private"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t)
			d := newDesk(t, says(c.call), says("Sorry."))
			d.tool(flow.Tool{URL: s.URL, Parameters: map[string]flow.Parameter{"order": {}}})
			if c.change != nil {
				c.change(d, s)
			}
			v, err := d.ask(t.Context(), "hi")
			if err != nil || v.Failed || d.said() != "Sorry." {
				t.Fatalf("%+v, %v, said %q", v, err, d.said())
			}
			m := d.model.chats[1].Messages
			if got := m[len(m)-1].Text; !strings.Contains(got, c.want) {
				t.Errorf("the model is told %q, want %q", got, c.want)
			}
			if strings.Contains(c.want, "private") && s.hits.Load() != 0 {
				t.Error("the private server was reached")
			}
		})
	}
}

func TestPrivateAddresses(t *testing.T) {
	for address, private := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "10.1.2.3:80": true, "192.168.0.1:443": true, "172.16.0.1:1": true, "169.254.169.254:80": true,
		"[fe80::1%eth0]:80": true, "[fd00::1]:80": true, "0.0.0.0:80": true, "100.64.0.1:80": true, "[::ffff:127.0.0.1]:80": true, "224.0.0.1:1": true,
		"[64:ff9b::7f00:1]:80": true, "255.255.255.255:1": true, "8.8.8.8:443": false, "[2606:4700::1]:443": false,
	} {
		if err := reachable(address, nil); (err != nil) != private {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestToolsThatNeverEnd: the model may look at results a few times only.
func TestToolsThatNeverEnd(t *testing.T) {
	s := newServer(t)
	d := newDesk(t, says(look("{}")), says(look("{}")), says(look("{}")), says(look("{}")))
	d.cfg.MaxRounds = 3
	d.tool(flow.Tool{URL: s.URL})
	v, err := d.ask(t.Context(), "hi")
	if err != nil || !v.Failed || !d.logged(KindFault, "again and again") || s.hits.Load() != 3 {
		t.Errorf("%+v, %v, %d hits", v, err, s.hits.Load())
	}
}

// TestToolsAndTheEnd: what is called beside call_end is done before.
func TestToolsAndTheEnd(t *testing.T) {
	s := newServer(t)
	d := newDesk(t, says("Bye.", speech.ToolCall{ID: "e", Name: "call_end"}, look("{}")))
	d.tool(flow.Tool{URL: s.URL})
	v, err := d.ask(t.Context(), "hi")
	if err != nil || v.Function != "end" || s.hits.Load() != 1 || len(d.model.chats) != 1 {
		t.Errorf("%+v, %v, %d hits, %d requests", v, err, s.hits.Load(), len(d.model.chats))
	}
}

// TestChangesWaitForTheCaller: a tool that changes something is run only when
// the caller hears the answer; if he does not, it has done nothing.
func TestChangesWaitForTheCaller(t *testing.T) {
	s := newServer(t)
	post := flow.Tool{URL: s.URL, Method: "POST", Parameters: map[string]flow.Parameter{"day": {}}}
	call := look(`{"day":"Monday"}`)

	d := newDesk(t, says(call), says("Done."))
	d.tool(post)
	d.onLine = func(string) {
		if s.hits.Load() != 0 {
			t.Error("it was run before anything was heard")
		}
		if len(d.lines) == 1 {
			close(d.committed)
			d.onLine = nil
		}
	}
	v, err := d.ask(t.Context(), "book it")
	if err != nil || v.Failed || d.said() != "One moment, please.|Done." || s.hits.Load() != 1 {
		t.Errorf("%+v, %v, said %q, %d hits", v, err, d.said(), s.hits.Load())
	}
	if got := s.last.Load(); got != `POST / {"day":"Monday"} ` {
		t.Errorf("asked %q", got)
	}

	d = newDesk(t, says("I book it. ", call), says("Done."))
	d.tool(post)
	ctx, cancel := context.WithCancelCause(t.Context())
	taken := errors.New("taken back")
	d.onLine = func(string) { cancel(taken) }
	if _, err := d.ask(ctx, "book it"); !errors.Is(err, taken) || s.hits.Load() != 1 {
		t.Errorf("%v, %d hits: a discarded answer has done something", err, s.hits.Load())
	}

	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, says("I book it. ", call), says("Done."))
		d.tool(post)
		if v, err := d.ask(t.Context(), "book it"); err != nil || !v.Failed || s.hits.Load() != 1 || !d.logged(KindFault, "did not begin to hear") {
			t.Errorf("%+v, %v, %d hits: nobody has heard the answer", v, err, s.hits.Load())
		}
	})
}

// TestARedirectIsNoWayIn: a server that sends on to a private address does not
// get us there.
func TestARedirectIsNoWayIn(t *testing.T) {
	inner := newServer(t)
	outer := httptest.NewServer(http.RedirectHandler(strings.Replace(inner.URL, "127.0.0.1", "127.0.0.2", 1), http.StatusFound))
	defer outer.Close()
	d := newDesk(t, says(look("{}")), says("Sorry."))
	d.tool(flow.Tool{URL: outer.URL})
	d.cfg.AllowNetworks = []string{"127.0.0.1/32"}
	if v, err := d.ask(t.Context(), "hi"); err != nil || v.Failed || !d.logged(KindTool, "private") || inner.hits.Load() != 0 {
		t.Errorf("%+v, %v, %d hits", v, err, inner.hits.Load())
	}
}

// TestAResultAfterTheCancelIsDropped: the model is not asked again, and the
// next request tells it that the result is not known.
func TestAResultAfterTheCancelIsDropped(t *testing.T) {
	s := newServer(t)
	s.hold = make(chan struct{})
	d := newDesk(t, says("I see. ", look("{}")), says("Well."))
	d.tool(flow.Tool{URL: s.URL})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-s.come
		d.memory.Commit(1)
		d.memory.Heard(1, "I see.")
		cancel()
	}()
	v, err := d.ask(ctx, "hi")
	close(s.hold)
	if !errors.Is(err, context.Canceled) || len(v.Set) > 0 || len(d.model.chats) != 1 {
		t.Fatalf("%+v, %v, %d requests", v, err, len(d.model.chats))
	}
	if _, err := d.ask(t.Context(), "and now"); err != nil {
		t.Fatal(err)
	}
	m := d.model.chats[1].Messages
	if len(m) != 4 || m[1].Text != "I see." || len(m[1].Calls) != 1 || m[2].Text != noResult || m[3].Text != "and now" {
		t.Errorf("messages %+v", m)
	}
}
