package openai

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/speech"
	. "parley/speech/openai/openaitest"
	"parley/speech/speechtest"
)

// TestFaults: every fault ends within its time-out, with the right error, with
// the key nowhere in it, and leaves nothing behind (the bubble would not end).
func TestFaults(t *testing.T) {
	c := config()
	for _, f := range []struct {
		name   string
		play   Play
		fault  string
		within time.Duration
		text   string // what was delivered before
	}{
		{"401", Fails(401, nil), "refused", 0, ""},
		{"403", Fails(403, nil), "refused", 0, ""},
		{"404", Fails(404, nil), "refused", 0, ""},
		{"429", Fails(429, map[string]string{"Retry-After": "7"}), "busy", 0, ""},
		{"429, no money", func(s *Stream, _ Request) { s.Status(429, nil, "insufficient_quota", "pay") }, "refused", 0, ""},
		{"500", Fails(500, nil), "broken", 0, ""},
		{"503", Fails(503, nil), "broken", 0, ""},
		{"503, later", Fails(503, map[string]string{"Retry-After": "5"}), "busy", 0, ""},
		{"302", Fails(302, map[string]string{"Location": "http://evil.example/"}), "refused", 0, ""},
		{"500 that never ends", func(s *Stream, _ Request) {
			s.Begin(500)
			for s.Raw(strings.Repeat("x", 1000)) {
			}
		}, "broken", 0, ""},
		{"silence before the headers", func(s *Stream, _ Request) { s.Stall() }, "timeout", c.FirstTimeout, ""},
		{"silence before the first piece", func(s *Stream, _ Request) { s.Raw(": hello\n\n"); s.Stall() }, "timeout", c.FirstTimeout, ""},
		{"signs of life only", func(s *Stream, _ Request) {
			for s.Raw(": processing\n\n") && s.Pause(time.Second) {
			}
		}, "timeout", c.FirstTimeout, ""},
		{"stall in the middle", func(s *Stream, _ Request) { s.Text("We"); s.Stall() }, "timeout", c.GapTimeout, "We"},
		{"a drop every two seconds", func(s *Stream, _ Request) {
			for s.Text("") && s.Call(0, "a", "f", " ") && s.Pause(2*time.Second) {
			}
		}, "timeout", c.TotalTimeout, ""},
		{"reset at once", func(s *Stream, _ Request) { s.Reset() }, "broken", 0, ""},
		{"reset in the middle", func(s *Stream, _ Request) { s.Text("We"); s.Reset() }, "broken", 0, "We"},
		{"an end without an end", func(s *Stream, _ Request) { s.Text("We") }, "broken", 0, "We"},
		{"an empty answer", func(s *Stream, _ Request) {}, "broken", 0, ""},
		{"garbage", func(s *Stream, _ Request) { s.Raw("data: {\"choices\":[{\n\n") }, "broken", 0, ""},
		{"garbage in the middle", func(s *Stream, _ Request) { s.Text("We"); s.Raw("data: \xff\xfe}{\n\n"); s.Stall() }, "broken", 0, "We"},
		{"HTML", func(s *Stream, _ Request) { s.Raw("<html><body>captive portal</body></html>") }, "broken", 0, ""},
		{"an error event", func(s *Stream, _ Request) { s.Data(M{"error": M{"message": "overloaded " + key}}) }, "broken", 0, ""},
		{"a limit in the stream", func(s *Stream, _ Request) { s.Data(M{"error": M{"code": "rate_limit_exceeded"}}) }, "busy", 0, ""},
		{"MiniMax's limit", func(s *Stream, _ Request) { s.Data(M{"base_resp": M{"status_code": 1002, "status_msg": "limit"}}) }, "busy", 0, ""},
		{"MiniMax's key", func(s *Stream, _ Request) {
			s.Data(M{"base_resp": M{"status_code": 1004, "status_msg": "no " + key}})
		}, "refused", 0, ""},
		{"text for ever", func(s *Stream, _ Request) {
			for s.Text(strings.Repeat("on and ", 100)) {
			}
		}, "broken", 0, "*"},
		{"a line for ever", func(s *Stream, _ Request) {
			s.Raw("data: ")
			for s.Raw(strings.Repeat("x", 100_000)) {
			}
		}, "broken", 0, ""},
		{"calls for ever", func(s *Stream, _ Request) {
			for i := 0; s.Call(i, fmt.Sprint(i), "f", "{}"); i++ {
			}
		}, "broken", 0, ""},
		{"arguments that are no JSON", func(s *Stream, _ Request) { s.Call(0, "a", "f", `{"a":`); s.Finish("length") }, "broken", 0, ""},
		{"arguments that are no object", func(s *Stream, _ Request) { s.Call(0, "a", "f", `[1]`); s.Finish("stop") }, "broken", 0, ""},
		{"a call without a name", func(s *Stream, _ Request) { s.Call(0, "a", "", `{}`); s.Finish("stop") }, "broken", 0, ""},
	} {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, _ := stage(t, c, f.play)
				begin := time.Now()
				text, calls, err := ask(t.Context(), m)
				if took := time.Since(begin); took != f.within {
					t.Errorf("it took %s, want %s", took, f.within)
				}
				if speech.FaultOf(err) != f.fault || len(calls) > 0 || f.text != "*" && text != f.text {
					t.Errorf("%q, %v, %v, want %s", text, calls, err, f.fault)
				}
				if f.fault != "busy" && !errors.Is(err, speech.ErrUnavailable) {
					t.Errorf("%v is not ErrUnavailable", err)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, m.c, m.c), "hunter2") {
					t.Errorf("the key stands in %v", err)
				}
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0.5": time.Second / 2, "-3": 0, "soon": 0, "1e300": longestRetry,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2020 03:04:35 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q gives %s, want %s", value, got, want)
		}
	}
	err := fmt.Errorf("asked: %w", &speech.BusyError{Provider: "x", After: time.Second})
	if speech.RetryAfter(err) != time.Second || !errors.Is(err, speech.ErrBusy) {
		t.Error(err)
	}
}

func TestConnectionsThatFail(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + l.Addr().String()
	l.Close()
	secure := httptest.NewUnstartedServer(NewServer(Says("x")))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(NewServer(Says("x")))
	defer plain.Close()
	for name, url := range map[string]string{
		"connection refused":       refused,
		"an unknown certificate":   secure.URL,
		"no TLS":                   strings.Replace(plain.URL, "http:", "https:", 1),
		"a name that is not there": "http://parley.invalid",
	} {
		c := config()
		c.URL = url
		m, err := New(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = ask(t.Context(), m)
		if speech.FaultOf(err) != "unavailable" && !(name == "no TLS" && errors.Is(err, speech.ErrUnavailable)) {
			t.Errorf("%s gives %v", name, err)
		}
		m.Close()
	}
}

func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := speechtest.NewPipe() // nobody accepts
		m, err := New(config(), p.Dial)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if _, _, err := ask(t.Context(), m); speech.FaultOf(err) != "timeout" || time.Since(begin) != config().ConnectTimeout {
			t.Fatalf("%v after %s", err, time.Since(begin))
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add("data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	f.Add("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n\n")
	f.Add("event: x\ndata: {\"base_resp\":{\"status_code\":1002}}\n\n")
	f.Add("data: {\"error\":null}\n\n:\n\r\n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		synctest.Test(t, func(t *testing.T) {
			m, _ := stage(t, config(), func(s *Stream, _ Request) { s.Raw(text) })
			said, calls, err := ask(t.Context(), m)
			if err != nil && !errors.Is(err, speech.ErrUnavailable) && !errors.Is(err, speech.ErrBusy) {
				t.Errorf("%v", err)
			}
			if len(said) > len(text) || len(calls) > len(text) {
				t.Errorf("%q, %v", said, calls)
			}
		})
	})
}
