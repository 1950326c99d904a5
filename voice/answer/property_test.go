package answer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRandomLines: whatever is heard, in whatever order, the machine keeps its
// promises, ends by time alone, and gives the same decisions again.
func TestRandomLines(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := newSim()
		type input struct {
			e   Event
			now time.Duration
		}
		var given []input
		send := func(e Event) {
			given = append(given, input{e, v.now})
			before, n := v.s, len(v.verdicts)
			v.send(e)
			switch s := v.s; {
			case s.Phase != Over && s.Deadline <= s.Now:
				rt.Fatalf("%s has no timer: %v at %v", s.Phase, s.Deadline, s.Now)
			case s.Phase < before.Phase && (s.Phase != Open || before.Answered):
				rt.Fatalf("from %s back to %s", before.Phase, s.Phase)
			case len(v.verdicts) > n && v.verdicts[n].Who == before.Who && before.Answered == s.Answered:
				rt.Fatalf("%s is decided twice", before.Who)
			}
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 7).Draw(rt, "event") {
			case 0:
				send(Early{})
			case 1:
				send(Answered{})
			case 2:
				send(Heard{Text: rapid.SampledFrom([]string{"", "hello", "you have reached", "how can i help you", "one two three four"}).Draw(rt, "text"), Final: rapid.Bool().Draw(rt, "final")})
			case 4:
				send(Talked{})
			case 3:
				v.now += time.Duration(rapid.IntRange(0, 20000).Draw(rt, "ms")) * ms
				send(Timer{})
			default:
				f := Frame{
					Speech: rapid.Bool().Draw(rt, "speech"), Fading: rapid.Bool().Draw(rt, "fading"), Gap: rapid.IntRange(0, 9).Draw(rt, "gap") == 0,
					Level: rapid.SampledFrom([]float64{-60, -30, -20}).Draw(rt, "level"),
				}
				f.Hz[0] = rapid.SampledFrom([]float64{0, 0, 425, 950, 1000, 1400, 1800, 2100}).Draw(rt, "hz")
				for range rapid.IntRange(1, 60).Draw(rt, "frames") {
					v.now += FrameTime
					send(f)
				}
			}
		}
		for i := 0; v.s.Phase != Over; i++ {
			if i > 10 {
				rt.Fatalf("%s/%s never ends", v.s.Phase, v.s.Who)
			}
			v.now = max(v.now, v.s.Deadline)
			send(Timer{})
		}
		again := newSim()
		for _, g := range given {
			again.now = g.now
			again.send(g.e)
		}
		if again.s != v.s || len(again.verdicts) != len(v.verdicts) {
			rt.Fatal("the same events gave another end")
		}
		for i, a := range again.verdicts {
			if b := v.verdicts[i]; a.Who != b.Who || a.Confidence != b.Confidence || a.Reasons != b.Reasons {
				rt.Fatalf("%+v, and then %+v", b, a)
			}
		}
	})
}

func TestFramesDoNotAllocate(t *testing.T) {
	v := answeredSim()
	v.says(1500*ms, "hello you have reached anna")
	s, now := v.s, v.now
	n := testing.AllocsPerRun(500, func() {
		now += FrameTime
		s, _ = v.cfg.Step(s, Frame{Speech: true, Level: -20}, now)
	})
	if n > 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestConfigIsChecked(t *testing.T) {
	bad := Defaults()
	bad.Sure, bad.Lean, bad.OnMachine, bad.Silence = 0.4, 0.7, "shout", 0
	got := map[string]bool{}
	bad.Validate(func(key, _, _ string) { got[key] = true })
	for _, key := range []string{"sure", "lean", "on_machine", "silence"} {
		if !got[key] {
			t.Errorf("%s is not reported: %v", key, got)
		}
	}
	Defaults().Validate(func(key, problem, _ string) { t.Errorf("%s %s", key, problem) })
	for tag, l := range lexicons {
		if len(l.phrases) > room {
			t.Errorf("%s has %d phrases, and there is room for %d", tag, len(l.phrases), room)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	v := answeredSim()
	v.says(1500*ms, "hello you have reached anna")
	s, now := v.s, v.now
	b.ReportAllocs()
	for b.Loop() {
		now += FrameTime
		s, _ = v.cfg.Step(s, Frame{Speech: true, Level: -20}, now)
	}
}
