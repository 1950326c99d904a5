package flow

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/speech"
)

const overflow = `name: desk
start: out
variables: {who: ""}
nodes:
  out:
    type: transfer
    say: One moment please.
    target: "6{{who}}"
    timeout: 20s
    next: survey
    busy: sorry
    else: later
  survey: {type: conversation, say: "You talked {{transfer_seconds}} seconds. Happy?", other: bye}
  sorry: {type: play, say: "Busy, {{transfer_cause}}.", next: bye}
  later: {type: play, say: "No luck, {{transfer_result}}.", next: bye}
  bye: {type: end, say: Goodbye.}
`

// sent runs the flow to its transfer.
func sent(t *testing.T, text string, vars map[string]string) (*Flow, State, speech.Transfer) {
	t.Helper()
	f, problems := Parse([]byte(text), World{})
	if problems != nil {
		t.Fatal(problems)
	}
	s, effects := f.Step(f.New(vars), speech.Input{Begin: true})
	last, ok := effects[len(effects)-1].(Sent)
	if !ok || s.Over {
		t.Fatalf("effects %v", effects)
	}
	return f, s, last.Transfer
}

func TestTransferNode(t *testing.T) {
	f, s, tr := sent(t, overflow, map[string]string{"who": "demo"})
	if tr.Target != "6demo" || tr.Mode != "bridge" || tr.Timeout != 20*time.Second || tr.AtOnce || tr.Reason != "out" ||
		!slices.Equal(tr.Back, []string{"ended", "busy", "no-answer", "failed"}) {
		t.Errorf("transfer %+v", tr)
	}
	for _, test := range []struct {
		end, cause string
		talk       time.Duration
		by, says   string
	}{
		{"ended", "normal", 61500 * time.Millisecond, "ended", "You talked 61 seconds. Happy?"},
		{"busy", "busy", 0, "busy", "Busy, busy."},
		{"no-answer", "no-answer", 0, "no-answer", "No luck, no-answer."},
		{"failed", "restricted", 0, "failed", "No luck, failed."},
	} {
		next, effects := f.Step(s, speech.Input{Transfer: &speech.TransferResult{End: test.end, Cause: test.cause, Talk: test.talk}})
		if v := effects[0].(Visited); v.By != test.by || v.Node != "out" {
			t.Errorf("%s: left by %q", test.end, v.By)
		}
		if got := effects[1].(Say).Line.Text; got != test.says {
			t.Errorf("%s: says %q", test.end, got)
		}
		if next.Vars["transfer_cause"] != test.cause || s.Vars["transfer_cause"] != "" {
			t.Errorf("%s: cause %q", test.end, next.Vars["transfer_cause"])
		}
	}
}

// Without edges nobody comes back; should he all the same, the call ends.
func TestTransferWithoutEdges(t *testing.T) {
	f, s, tr := sent(t, "name: x\nstart: a\nnodes: {a: {type: transfer, target: \"200\", mode: attended, say: Wait.}}\n", nil)
	if len(tr.Back) > 0 || !tr.AtOnce {
		t.Errorf("transfer %+v", tr)
	}
	for _, in := range []speech.Input{{Transfer: &speech.TransferResult{End: "busy"}}, {Text: "hello"}} {
		next, effects := f.Step(s, in)
		if end, ok := effects[len(effects)-1].(Ended); !ok || !next.Over || end.End.Action != "hangup" || end.End.Reason != "a" {
			t.Errorf("effects %v", effects)
		}
	}
}

func TestBadTransferNodes(t *testing.T) {
	w := World{Reaches: func(target string) error {
		if target == "112" {
			return errors.New("an emergency number")
		}
		return nil
	}}
	got := problemsOf(t, `name: desk
start: a
nodes:
  a: {type: transfer, mode: blind, next: b, else: nowhere}
  b: {type: transfer, mode: attended, target: "{{nobody}}", timeout: -1s, next: c}
  c: {type: transfer, mode: refer, target: "112", next: d, action: hangup}
  d: {type: transfer, target: "200", else: e}
  e: {type: play, say: Again., next: d}
  f: {type: end, mode: bridge}
`, w)
	want := []string{
		`4: a: target is missing`,
		`4: a: mode "blind" is unknown`,
		`4: a: else leads to node "nowhere", which does not exist`,
		`5: b: timeout is negative`,
		`5: b: an attended transfer has nothing for the caller to hear meanwhile`,
		`5: b: variable "nobody" is unknown`,
		`6: c: action means nothing here`,
		`6: c: next is never taken: a call that was sent away by REFER does not come back`,
		`6: c: nobody is reached at 112: an emergency number`,
		`7: d: a circle runs through this node without the caller`,
		`8: e: a circle runs through this node without the caller`,
		`9: f: mode means nothing here`,
		`9: f: no path from start reaches this node`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
