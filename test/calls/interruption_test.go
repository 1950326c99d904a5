package calls

import (
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// cutLatency is how long after the decision a recording at the caller's door
// may still hold the robot: three frames on the way.
const cutLatency = 60

// checkInterruption: the transcript of the line that was cut stops where its
// audio stopped, in the recording s and at the far end.
func checkInterruption(t *testing.T, r call.Record, s, far *harness.Sound, events []call.Event) {
	t.Helper()
	var line call.Line
	var next int64 // where the robot speaks again
	for i, l := range r.Transcript {
		if l.Meant == "" {
			continue
		}
		if line.Meant != "" {
			t.Errorf("a second line was cut: %+v", l)
		}
		line = l
		for _, later := range r.Transcript[i+1:] {
			if later.Speaker == call.SpeakerRobot {
				next = later.From
				break
			}
		}
	}
	if line.Meant != opening {
		t.Fatalf("the line that was cut is %q, want %q", line.Meant, opening)
	}
	if !properPrefix(line.Text, line.Meant) || line.Text == "" {
		t.Fatalf("%q is no proper part of %q", line.Text, line.Meant)
	}

	began := recordingStart(t, events)
	cut := harness.Kinds(events, "turn.cut")[0].At
	if got := s.Loud(s.Right, cut+cutLatency-began, next-began-cutLatency); got > 0 {
		t.Errorf("the robot is heard for %v more after it was cut", got)
	}

	// What the caller heard is measured in the recording, by its own samples.
	played := during(s, s.Right, line.From-began, line.To-began)
	if got := during(far, far.Left, line.From-began, line.To-began); got > played+cutLatency*time.Millisecond || got == 0 {
		t.Errorf("%v were played and %v heard at the far end, which may be %d ms more", played, got, cutLatency)
	}
	const slack = 100 * time.Millisecond // of the ends of sounds, by their energy
	ends := harness.WordEnds(t, "slt", line.Meant)
	kept := len(strings.Fields(line.Text))
	if played < ends[kept-1]-slack || played > ends[kept]+slack {
		t.Errorf("%v were played and %d words kept, which end at %v; the next would end at %v", played, kept, ends[kept-1], ends[kept])
	}
	t.Logf("kept %q of %q: %v played, %v heard at the far end; flite ends the last word at %v and the next at %v; the robot is silent from %d ms after the cut",
		line.Text, line.Meant, played, during(far, far.Left, line.From-began, line.To-began), ends[kept-1].Round(time.Millisecond), ends[kept].Round(time.Millisecond), int64(cutLatency))
}

// during returns how long the stretch of speech lasts that falls into a time.
func during(s *harness.Sound, channel []int16, from, to int64) (d time.Duration) {
	for _, span := range s.Stretches(channel, 500*time.Millisecond) {
		if span.To > from && span.From < to {
			d = time.Duration(span.To-span.From) * time.Millisecond
		}
	}
	return d
}
