package openai

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/speech"
	. "parley/speech/openai/openaitest"
	"parley/speech/speechtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "sk-hunter2hunter2"

func config() Config {
	c := Defaults()
	c.Name, c.URL, c.Key, c.Model = "gpt", "http://model.example/v1", key, "test"
	return c
}

// stage joins a Model with a server, in memory.
func stage(t *testing.T, c Config, plays ...Play) (*Model, *Server) {
	t.Helper()
	s, p := NewServer(plays...), speechtest.NewPipe()
	s.Serve(t, p)
	m, err := New(c, p.Dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m, s
}

// ask returns what was answered.
func ask(ctx context.Context, m *Model) (text string, calls []speech.ToolCall, err error) {
	err = m.Chat(ctx, speech.Chat{System: "be brief", Messages: []speech.Message{{Role: speech.RoleCaller, Text: "hello"}}},
		func(d speech.Delta) error {
			text += d.Text
			if d.Call != nil {
				calls = append(calls, *d.Call)
			}
			return nil
		})
	return text, calls, err
}

func TestAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := stage(t, config(), Says("We ", "are open", "."))
		for range 2 {
			if text, calls, err := ask(t.Context(), m); text != "We are open." || calls != nil || err != nil {
				t.Fatalf("%q, %v, %v", text, calls, err)
			}
		}
		r := s.Requests()[1]
		if r.URL != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer "+key || !r.Body.Stream || r.Body.Model != "test" || len(r.Body.Messages) != 2 {
			t.Errorf("request %+v", r)
		}
	})
}

func TestConversationIsWrittenAsTheProtocolWantsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := stage(t, config(), Says("yes"))
		err := m.Chat(t.Context(), speech.Chat{
			System: "prompt",
			Messages: []speech.Message{
				{Role: speech.RoleCaller, Text: "where is my order"},
				{Role: speech.RoleRobot, Calls: []speech.ToolCall{{ID: "c1", Name: "find", Arguments: `{"n":1}`}}},
				{Role: speech.RoleTool, CallID: "c1", Text: "ready"},
				{Role: speech.RoleRobot, Text: "It is rea"},
			},
			Tools: []speech.Tool{{Name: "find", Description: "finds", Parameters: map[string]any{"type": "object"}}},
		}, func(speech.Delta) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		b := s.Requests()[0].Body
		got := fmt.Sprint(b.Messages, b.Tools)
		want := "[map[content:prompt role:system] map[content:where is my order role:user] " +
			`map[role:assistant tool_calls:[map[function:map[arguments:{"n":1} name:find] id:c1 type:function]]] ` +
			"map[content:ready role:tool tool_call_id:c1] map[content:It is rea role:assistant]] " +
			"[map[function:map[description:finds name:find parameters:map[type:object]] type:function]]"
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// TestCallsAreJoined: wherever the borders of the pieces fall.
func TestCallsAreJoined(t *testing.T) {
	whole := []speech.ToolCall{{ID: "a", Name: "find_order", Arguments: `{"number":"4321","who":"é"}`}, {ID: "b", Name: "call_end", Arguments: "{}"}}
	for name, play := range map[string]Play{
		"at once": func(s *Stream, _ Request) {
			s.Call(0, "a", whole[0].Name, whole[0].Arguments)
			s.Call(1, "b", whole[1].Name, whole[1].Arguments)
			s.Finish("tool_calls")
		},
		"every character": func(s *Stream, _ Request) {
			s.Call(0, "a", whole[0].Name, "")
			for _, r := range whole[0].Arguments {
				s.Call(0, "", "", string(r))
			}
			s.Call(1, "b", whole[1].Name, "")
			s.Finish("tool_calls")
		},
		"interleaved, the name in two": func(s *Stream, _ Request) {
			s.Call(0, "a", "find_", "")
			s.Call(1, "b", "call_end", "{")
			s.Call(0, "", "order", whole[0].Arguments[:9])
			s.Call(1, "", "", "}")
			s.Call(0, "", "", whole[0].Arguments[9:])
			s.Finish("stop")
		},
		"id and name repeated": func(s *Stream, _ Request) {
			s.Call(0, "a", "find_order", whole[0].Arguments[:5])
			s.Call(0, "a", "find_order", whole[0].Arguments[5:])
			s.Call(1, "b", "call_end", "{}")
			s.Finish("tool_calls")
		},
		"all under index 0": func(s *Stream, _ Request) {
			s.Call(0, "a", "find_order", whole[0].Arguments)
			s.Call(0, "b", "call_end", "{}")
			s.Finish("tool_calls")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, _ := stage(t, config(), play)
				if text, calls, err := ask(t.Context(), m); text != "" || fmt.Sprint(calls) != fmt.Sprint(whole) || err != nil {
					t.Fatalf("%q, %v, %v", text, calls, err)
				}
			})
		})
	}
}

func TestWordsAfterTheEndAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := stage(t, config(), func(s *Stream, _ Request) {
			s.Text("Bye.")
			s.Data(M{"choices": []M{{"index": 0, "delta": M{}, "finish_reason": "stop"}}})
			for s.Text("more") && s.Pause(10*time.Millisecond) {
			}
		})
		begin := time.Now()
		if text, _, err := ask(t.Context(), m); text != "Bye." || err != nil || time.Since(begin) > drainTime {
			t.Fatalf("%q, %v after %s", text, err, time.Since(begin))
		}
	})
}

func TestCancelledAtOnce(t *testing.T) {
	for name, play := range map[string]Play{
		"before the first piece": func(s *Stream, _ Request) { s.Stall() },
		"in the middle":          func(s *Stream, _ Request) { s.Text("We"); s.Stall() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, _ := stage(t, config(), play)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				begin := time.Now()
				if _, _, err := ask(ctx, m); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, speech.ErrUnavailable) || time.Since(begin) != time.Second {
					t.Fatalf("%v after %s", err, time.Since(begin))
				}
			})
		})
	}
}

func TestTheCallersErrorEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := stage(t, config(), func(s *Stream, _ Request) {
			for s.Text("and on ") {
			}
		})
		enough := errors.New("enough")
		err := m.Chat(t.Context(), speech.Chat{}, func(speech.Delta) error { return enough })
		if !errors.Is(err, enough) {
			t.Fatal(err)
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ protocol, url, want, header string }{
		{"openai", "http://h/v1", "/v1/chat/completions", "Authorization"},
		{"openai", "http://h/v1/", "/v1/chat/completions", "Authorization"},
		{"openai", "http://h/v1/chat/completions", "/v1/chat/completions", "Authorization"},
		{"openai", "http://h/v1?tenant=x", "/v1/chat/completions?tenant=x", "Authorization"},
		{"openai", "http://h", "/chat/completions", "Authorization"},
		{"azure", "http://h?api-version=2024-10-21", "/openai/deployments/test/chat/completions?api-version=2024-10-21", "Api-Key"},
		{"azure", "http://h/openai/deployments/d?api-version=1", "/openai/deployments/d/chat/completions?api-version=1", "Api-Key"},
		{"azure", "http://h/openai/deployments/d/chat/completions?api-version=1", "/openai/deployments/d/chat/completions?api-version=1", "Api-Key"},
		{"azure", "http://h/openai/v1", "/openai/v1/chat/completions", "Api-Key"},
		{"minimax", "http://h/v1/text/chatcompletion_v2", "/v1/text/chatcompletion_v2", "Authorization"},
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := config()
			cfg.Protocol, cfg.URL = c.protocol, c.url
			m, s := stage(t, cfg, Says("x"))
			if _, _, err := ask(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			r := s.Requests()[0]
			if r.URL != c.want || !strings.Contains(r.Header.Get(c.header), key) {
				t.Errorf("%s: asked %s with %v, want %s", c.url, r.URL, r.Header, c.want)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	call := func(s *Stream, r Request) {
		if len(r.Body.Tools) == 0 {
			s.Text("ready")
			s.Finish("stop")
			return
		}
		s.Call(0, "x", "report_number", `{"number":7}`)
		s.Finish("tool_calls")
	}
	for name, c := range map[string]struct {
		play Play
		want string
	}{
		"sound":            {call, "[chat: <nil> function call: <nil>]"},
		"wrong key":        {Fails(401, nil), "[chat: gpt: status 401 from model.example: speech provider is unavailable: the provider refuses the request]"},
		"no function call": {Says("I cannot"), "[chat: <nil> function call: the model calls no function"},
		"says nothing":     {Says(""), "[chat: the model answers nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, _ := stage(t, config(), c.play)
				var steps []string
				err := m.Verify(t.Context(), func(name string, err error) { steps = append(steps, fmt.Sprintf("%s: %v", name, err)) })
				if got := fmt.Sprint(steps); !strings.HasPrefix(got, c.want) || (err == nil) != (name == "sound") {
					t.Errorf("got %s, %v", got, err)
				}
			})
		})
	}
}
