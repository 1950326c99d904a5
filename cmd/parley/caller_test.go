package main

import (
	"strings"
	"testing"
	"time"
)

// TestTheAnswerToTheLastWordsIsWaitedFor: the silence before what was said
// last does not count as the silence after it.
func TestTheAnswerToTheLastWordsIsWaitedFor(t *testing.T) {
	for _, kind := range []string{"say", "wav", "dtmf"} {
		c := &caller{quiet: time.Minute}
		if err := c.do(t.Context(), step{kind: kind}); err != nil {
			t.Fatal(err)
		}
		if c.done(3 * time.Second) {
			t.Errorf("after --%s nothing is waited for", kind)
		}
		if c.quiet = 3 * time.Second; !c.done(3 * time.Second) {
			t.Errorf("after --%s and a silence the call goes on", kind)
		}
	}
}

func TestATimeWithoutItsFlag(t *testing.T) {
	_, err := run(t, "", "call", "sip:shop@127.0.0.1:1", "--wait-quiet", "1s")
	if err == nil || !strings.Contains(err.Error(), "write --wait-quiet=1s") {
		t.Errorf("%v", err)
	}
}

func TestStepsKeepTheirOrder(t *testing.T) {
	var steps []step
	for _, s := range [][2]string{{"say", "hello"}, {"wait-quiet", "700ms"}, {"dtmf", "12#"}, {"interrupt-after", "1"}} {
		f := &stepFlag{s[0], &steps}
		if err := f.Set(s[1]); err != nil {
			t.Fatal(err)
		}
	}
	if len(steps) != 4 || steps[0].arg != "hello" || steps[3].time.Seconds() != 1 {
		t.Errorf("%+v", steps)
	}
	for kind, bad := range map[string]string{"say": " ", "dtmf": "12x", "wait": "soon", "interrupt-after": "-1s"} {
		if err := (&stepFlag{kind, &steps}).Set(bad); err == nil {
			t.Errorf("--%s %q was accepted", kind, bad)
		}
	}
}
