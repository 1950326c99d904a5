package calls

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// desk is a flow with short times: a notice that cannot be interrupted, a
// question, a number, and ends of several kinds.
const desk = `
name: desk
language: en-US
voice: slt
start: notice
variables: {code: ""}
no_response: {after: %s, text: "Are you still there?", times: 1, hangup: 2s}
nodes:
  notice:
    type: play
    say: This call may be recorded for training and for quality.
    interruptible: false
    next: question
  question:
    type: conversation
    say: Shall we begin?
    replies:
      - {class: "yes", phrases: ["yes", "yes please"], next: code}
      - {class: "no", phrases: ["no", "not now"], next: later}
    other: question_again
  question_again:
    type: conversation
    say: Please say yes or no.
    replies:
      - {class: "yes", phrases: ["yes", "yes please"], next: code}
    other: later
  code:
    type: collect
    say: Key in your code.
    digits: {min: 4, max: 4, gap: 2s}
    into: code
    retry: That was not a code.
    attempts: 3
    failed: wrong
    next: thanks
  thanks:
    type: tag
    name: code
    value: "{{code}}"
    next: later
  wrong:
    type: tag
    name: code
    value: wrong
    next: later
  later: {type: end, say: Goodbye.}
`

// startDesk starts a Parley whose desk reminds a silent caller after a time.
func startDesk(t *testing.T, after time.Duration) *harness.Parley {
	t.Helper()
	harness.Need(t, "flite", "flite")
	return harness.Start(t, harness.Options{
		Flows:  map[string]string{"desk": fmt.Sprintf(desk, after)},
		Config: harness.Map{"speech": harness.Map{"pocketsphinx": harness.Map{"free_form": false}}, "routes": []harness.Map{{"called": "desk", "flow": "desk"}}},
	})
}

const (
	notice   = "This call may be recorded for training and for quality."
	question = "Shall we begin?"
	keyIn    = "Key in your code."
	notCode  = "That was not a code."
)

// TestSilence: a caller who says nothing is reminded once, and then let go.
func TestSilence(t *testing.T) {
	t.Parallel()
	p := startDesk(t, time.Second)
	report, r := p.Call(t, "desk", "--wait", "60s")
	want := []string{notice, question, "Are you still there?"}
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, want) {
		t.Errorf("the robot said %q, want %q", got, want)
	}
	if got := harness.Said(r, call.SpeakerCaller); len(got) > 0 {
		t.Errorf("silence was understood as %q", got)
	}
	if r.HangupBy != "system" || r.Cause != "normal" || report.EndedBy != "them" || r.End.Sub(r.Start).Seconds() > 40 {
		t.Errorf("ended by %s (%s) after %v; the far end says %s", r.HangupBy, r.Cause, r.End.Sub(r.Start), report.EndedBy)
	}
	// The robot's silences are counted in frames; here they are measured in
	// the recording.
	s := p.Recording(r.ID)
	spans := s.Stretches(s.Right, 700*time.Millisecond)
	if len(spans) < 2 {
		t.Fatalf("the robot is heard at %v", spans)
	}
	reminder := spans[len(spans)-1]
	before := reminder.From - spans[len(spans)-2].To
	after := s.Length().Milliseconds() - reminder.To
	if before < 1000 || after < 2000 {
		t.Errorf("reminded after %d ms of silence, let go after %d ms; want 1000 and 2000 at least", before, after)
	}
	t.Logf("reminded after %d ms of silence, let go %d ms after that; ended by %s: %s", before, after, r.HangupBy, r.Cause)
}

// TestUninterruptible: a line that cannot be interrupted is heard whole, and
// what is said meanwhile is not taken for an answer.
func TestUninterruptible(t *testing.T) {
	t.Parallel()
	p := startDesk(t, 20*time.Second)
	_, r := p.Call(t, "desk",
		"--interrupt-after", "300ms", "--say", "yes",
		"--wait-quiet", "--say", "no")
	events := p.Events(r.ID)
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{notice, question, "Goodbye."}) {
		t.Errorf("the robot said %q", got)
	}
	if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"no"}) {
		t.Errorf("understood %q, want only what was said after the notice", got)
	}
	if cut := harness.Kinds(events, "turn.cut"); len(cut) > 0 {
		t.Errorf("the robot was cut: %+v", cut)
	}
	if ignored := harness.Kinds(events, "turn.ignored"); len(ignored) != 1 {
		t.Errorf("what was said during the notice left %+v", ignored)
	}
	// Nothing of the notice is missing in the recording, although the caller
	// speaks into it.
	s := p.Recording(r.ID)
	began := recordingStart(t, events)
	line := r.Transcript[0]
	want := harness.SpokenFor(t, "slt", notice).Milliseconds()
	heard := harness.Span{From: -1}
	for _, span := range s.Stretches(s.Right, 0) {
		if span.From >= line.From-began && span.To <= line.To-began {
			if heard.From < 0 {
				heard.From = span.From
			}
			heard.To = span.To
		}
	}
	got := heard.To - heard.From
	if got < want-60 || got > want+60 {
		t.Errorf("%d ms of the notice were heard, it takes %d", got, want)
	}
	if s.Loud(s.Left, line.From-began, line.To-began) == 0 {
		t.Error("the caller did not speak during the notice")
	}
	t.Logf("the notice was heard for %d ms and takes %d", got, want)
}

// TestWrongDigits: what is no code is asked for again; the third time it is
// right.
func TestWrongDigits(t *testing.T) {
	t.Parallel()
	p := startDesk(t, 20*time.Second)
	_, r := p.Call(t, "desk", "--wait-quiet", "--say", "yes please",
		"--wait-quiet", "--dtmf", "12", // too short
		"--wait-quiet", "--dtmf", "12#4", // not digits
		"--wait-quiet", "--dtmf", "9876")
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{notice, question, keyIn, notCode, notCode, "Goodbye."}) {
		t.Errorf("the robot said %q", got)
	}
	if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"yes please", "12", "12#4", "9876"}) {
		t.Errorf("understood %q", got)
	}
	if r.Tags["code"] != "9876" {
		t.Errorf("tags %v", r.Tags)
	}
	t.Logf("understood %q, tags %v", harness.Said(r, call.SpeakerCaller), r.Tags)
}

// TestDigitsFail: after the third wrong entry the flow takes its other way.
func TestDigitsFail(t *testing.T) {
	t.Parallel()
	p := startDesk(t, 20*time.Second)
	_, r := p.Call(t, "desk", "--wait-quiet", "--say", "yes",
		"--wait-quiet", "--dtmf", "1", "--wait-quiet", "--dtmf", "2", "--wait-quiet", "--dtmf", "3")
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{notice, question, keyIn, notCode, notCode, "Goodbye."}) {
		t.Errorf("the robot said %q", got)
	}
	if r.Tags["code"] != "wrong" {
		t.Errorf("tags %v", r.Tags)
	}
}

// TestCallerHangsUp: the caller goes in the middle of a line.
func TestCallerHangsUp(t *testing.T) {
	t.Parallel()
	p := startDesk(t, 20*time.Second)
	_, r := p.Call(t, "desk", "--interrupt-after", "1s", "--limit", "2s", "--wait", "60s")
	if r.HangupBy != "customer" || r.Cause != "normal" {
		t.Errorf("ended by %s: %s", r.HangupBy, r.Cause)
	}
	if len(r.Transcript) != 1 || !properPrefix(r.Transcript[0].Text, notice) {
		t.Errorf("of the notice was heard %+v", r.Transcript)
	}
	p.Idle(t)
}
