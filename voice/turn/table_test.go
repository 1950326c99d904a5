package turn

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"parley/speech"
)

var update = flag.Bool("update", false, "write testdata/table.golden anew")

// legal says which combinations of the three states exist. Random schedules
// (property_test.go) never meet another.
func legal(s State) bool {
	switch s.Call {
	case Opening:
		return s.Agent == Listening && s.User == Quiet
	case Closing:
		return s.Agent == Speaking && s.User == Quiet
	case Away:
		return (s.Agent == Speaking || s.Agent == Listening) && s.User == Quiet
	case Over:
		return true
	}
	switch s.Agent {
	case Listening:
		return true
	case Hearing:
		return s.User == Quiet || s.User == Onset
	case Thinking:
		return s.User == Quiet || s.User == Onset || (s.Asked.Begin || s.Asked.Transfer != nil) && s.User != Keying
	case Speaking:
		return s.User != Keying
	}
	return false
}

// example builds a state of the given kind as a conversation would.
func example(c CallState, a AgentState, u UserState) State {
	s := State{
		Call: c, Agent: a, User: u, Turn: 2, Epoch: 5,
		Now: time.Minute, Progress: time.Minute, FrameAt: time.Minute, KeyedAt: time.Minute,
		Utterance: 3,
		Hearing:   speech.Hearing{Digits: &speech.DigitCollect{Max: 4, End: '#'}},
	}
	if u == Talking || u == Pausing {
		s.Open, s.Voiced, s.Spoken = true, 140*ms, 200*ms
	}
	if u == Pausing {
		s.Silence = 680 * ms
	}
	if u == Onset {
		s.Voiced, s.Spoken = 40*ms, 40*ms
	}
	if u == Keying {
		s.Digits = "12"
	}
	switch a {
	case Hearing:
		s.Fragments = []Fragment{{Utterance: 3, Voiced: time.Second}}
	case Thinking:
		s.Fragments = []Fragment{{Utterance: 3, Voiced: time.Second, Final: true, Text: "yes"}}
		s.Asked = speech.Input{Text: "yes", Begin: u == Talking || u == Pausing}
		s.Lines = 1
	case Speaking:
		s.Lines, s.Started = 2, true
		s.Listen = &s.Hearing
		if c == Closing {
			s.Listen, s.End = nil, &speech.End{Action: "hangup", Reason: "done"}
		}
		if c == Away {
			s.Listen, s.Leave = nil, &speech.Transfer{Target: "200", AtOnce: true}
		}
	}
	if c == Away {
		s.Sent = 5
	}
	s.Deadline = s.Now + time.Hour
	return s
}

func TestWholeTable(t *testing.T) {
	cfg := Defaults()
	boom := errors.New("boom")
	events := []struct {
		name  string
		event Event
	}{
		{"begin", Begin{}},
		{"silence", Frame{}},
		{"fading", Frame{Voice: Fading}},
		{"likely", Frame{Voice: Likely}},
		{"clear", Frame{Voice: Clear}},
		{"gap", Frame{Gap: true}},
		{"digit", Digit{'3'}},
		{"end key", Digit{'#'}},
		{"partial", Heard{Utterance: 3, Text: "yes"}},
		{"final", Heard{Utterance: 3, Text: "yes", Final: true}},
		{"final, empty", Heard{Utterance: 3, Final: true}},
		{"final, error", Heard{Utterance: 3, Final: true, Err: boom}},
		{"final, old", Heard{Utterance: 1, Text: "yes", Final: true}},
		{"answer line", Answer{Epoch: 5, Answer: line("so")}},
		{"answer listen", Answer{Epoch: 5, Answer: listen(speech.Hearing{})}},
		{"answer end", Answer{Epoch: 5, Answer: end("done")}},
		{"answer transfer", Answer{Epoch: 5, Answer: transfer(false)}},
		{"answer transfer at once", Answer{Epoch: 5, Answer: transfer(true)}},
		{"answered there", TransferAnswered{Epoch: 5}},
		{"back", Transferred{Epoch: 5, Result: speech.TransferResult{End: "busy"}}},
		{"back, old", Transferred{Epoch: 4}},
		{"answer, old", Answer{Epoch: 4, Answer: line("old")}},
		{"answer failed", AnswerFailed{Epoch: 5, Err: boom}},
		{"line started", LineStarted{Epoch: 5, Line: 1}},
		{"line done", LineDone{Epoch: 5, Line: 1}},
		{"line done, old", LineDone{Epoch: 4, Line: 1}},
		{"line failed", LineFailed{Epoch: 5, Line: 1, Err: boom}},
		{"timer", Timer{}},
		{"deadline", nil},
		{"gone", Gone{}},
	}
	var b strings.Builder
	for c := CallState(0); c < callStates; c++ {
		for a := AgentState(0); a < agentStates; a++ {
			for u := UserState(0); u < userStates; u++ {
				s := example(c, a, u)
				if !legal(s) || c == Over && (a != Listening || u != Quiet) {
					continue
				}
				fmt.Fprintf(&b, "%s/%s/%s\n", c, a, u)
				for _, e := range events {
					from, event := s, e.event
					if event == nil {
						from.Deadline, event = from.Now, Timer{}
					}
					to, effects := cfg.Step(from, event, from.Now)
					if !legal(to) {
						t.Errorf("%s/%s/%s on %s leads to %s/%s/%s, which cannot be", c, a, u, e.name, to.Call, to.Agent, to.User)
					}
					if to.Call != Over && to.Deadline == 0 {
						t.Errorf("%s/%s/%s on %s: no timer", c, a, u, e.name)
					}
					fmt.Fprintf(&b, "  %-15s → %s/%s/%s", e.name, to.Call, to.Agent, to.User)
					if to.Stale > from.Stale {
						b.WriteString(" (stale)")
					}
					for _, f := range effects {
						b.WriteString("; " + describe(f))
					}
					b.WriteByte('\n')
				}
			}
		}
	}
	const golden = "testdata/table.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the table differs from %s; read the difference, then run with -update:\n%s", golden, difference(string(want), got))
	}
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	for i := range max(len(w), len(g)) {
		var x, y string
		if i < len(w) {
			x = w[i]
		}
		if i < len(g) {
			y = g[i]
		}
		if x != y {
			fmt.Fprintf(&b, "-%s\n+%s\n", x, y)
		}
	}
	return b.String()
}
