package answer

import (
	"testing"
	"time"
)

// sim is a line on which somebody answers.
type sim struct {
	cfg      Config
	s        State
	now      time.Duration
	verdicts []Verdict
	ready    []Who // who it was when we might speak
	firm     []Who
}

func newSim() *sim {
	c := Defaults()
	c.Language = "en-US"
	return &sim{cfg: c}
}

func answeredSim() *sim {
	v := newSim()
	v.send(Answered{})
	return v
}

func (v *sim) send(e Event) {
	s, d := v.cfg.Step(v.s, e, v.now)
	v.s = s
	if d.New {
		v.verdicts = append(v.verdicts, d.Verdict)
	}
	if d.Firm {
		v.firm = append(v.firm, s.Who)
	}
	if d.Ready {
		v.ready = append(v.ready, s.Who)
	}
}

// frames lets d of the same audio pass.
func (v *sim) frames(d time.Duration, f Frame) {
	for range d / FrameTime {
		v.now += FrameTime
		v.send(f)
	}
}

func (v *sim) quiet(d time.Duration) { v.frames(d, Frame{Level: -60}) }

func (v *sim) tone(d time.Duration, hz ...float64) {
	f := Frame{Level: -20, Speech: true}
	copy(f.Hz[:], hz)
	v.frames(d, f)
}

// talk is speech with four syllables a second.
func (v *sim) talk(d time.Duration) {
	for i := range int(d / FrameTime) {
		level := -20.0
		if i%12 >= 9 {
			level = -34
		}
		v.frames(FrameTime, Frame{Speech: true, Level: level})
	}
}

func (v *sim) says(d time.Duration, text string) {
	v.talk(d)
	v.send(Heard{Text: text})
}

func (v *sim) who() Who { return v.s.Who }

func (v *sim) want(t *testing.T, who Who) Verdict {
	t.Helper()
	if len(v.verdicts) == 0 || v.who() != who {
		t.Fatalf("it is %s after %+v, want %s", v.who(), v.verdicts, who)
	}
	return v.verdicts[len(v.verdicts)-1]
}
