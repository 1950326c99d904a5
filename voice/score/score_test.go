package score

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// line is seconds of something that never repeats and is never silent.
func line(seconds float64) []int16 {
	d := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, int(seconds*Rate)/Frame*Frame)
	low := 0.0
	for i := range pcm {
		low += 0.2 * (d.NormFloat64()*3000 - low)
		pcm[i] = int16(low)
	}
	return pcm
}

// playing plays line from frame to frame at gains that a function gives; the
// line waits where the gain is 0 if it is to be resumed.
func playing(line []int16, frames int, resumes bool, gain func(frame int) float64) []int16 {
	var out []int16
	at := 0
	for f := range frames {
		g := gain(f)
		for i := range Frame {
			v := 0.0
			if at+i < len(line) {
				v = g * float64(line[at+i])
			}
			out = append(out, int16(math.Round(v)))
		}
		if g > 0 || !resumes {
			at += Frame
		}
	}
	return out
}

func always(int) float64 { return 1 }

// between gives one gain from a frame to another, and 1 elsewhere.
func between(from, to int, gain float64) func(int) float64 {
	return func(f int) float64 {
		if f >= from && f < to {
			return gain
		}
		return 1
	}
}

func interruption() (Truth, []int16) {
	l := line(4)
	return Truth{
		ID: "i", Class: "interruption", Condition: "clean", Length: 6 * Rate, Robot: l,
		Spans: []Span{{Kind: Interruption, From: Rate, To: 2 * Rate, Text: "no wait"}},
	}, l
}

func TestAnInterruptionIsTimedAtTheWire(t *testing.T) {
	truth, l := interruption()
	// Down 20 dB from 1.12 s on, silent from 1.3 s on: the frame that is
	// heard from 20 ms on is number 0.
	gain := func(f int) float64 {
		switch {
		case f >= 64:
			return 0
		case f >= 55:
			return 0.1
		}
		return 1
	}
	r := Judge(truth, Log{
		Robot: playing(l, 300, false, gain), From: Frame,
		Requests:   []Request{{At: 2*Rate + 5000, Text: "no wait"}},
		Utterances: []Utterance{{From: Rate - 300, To: 3 * Rate}},
	})
	if r.Duck != 120 || r.Silence != 300 || !r.Taken || r.Early || !r.Reached || r.Clipped != 0 {
		t.Errorf("%+v", r)
	}
}

func TestAnInterruptionIsMissed(t *testing.T) {
	truth, l := interruption()
	for name, gain := range map[string]func(int) float64{
		"never silent":  always,
		"silent awhile": between(60, 90, 0),
	} {
		if r := Judge(truth, Log{Robot: playing(l, 300, true, gain), From: Frame}); r.Taken {
			t.Errorf("%s: %+v", name, r)
		}
	}
	r := Judge(truth, Log{Robot: playing(l, 300, false, between(20, 300, 0)), From: Frame})
	if !r.Early {
		t.Errorf("a robot that had lost the floor before: %+v", r)
	}
	for _, f := range Report([]Result{r}) {
		if f.Name == "taken" && f.N != 0 {
			t.Errorf("an interruption of nobody counts: %+v", f)
		}
	}
}

func TestTheFloorIsKeptOrLost(t *testing.T) {
	l := line(4)
	truth := Truth{Class: "burst", Condition: "10 dB", Robot: l, Spans: []Span{{Kind: Noise, From: Rate, To: Rate + 4000}}}
	for _, c := range []struct {
		name                  string
		robot                 []int16
		lost, paused, resumed bool
		changed               int64
	}{
		{"goes on", playing(l, 300, true, always), false, false, false, 0},
		{"ducks", playing(l, 300, true, between(55, 80, 0.1)), false, false, true, 0},
		{"pauses", playing(l, 300, true, between(60, 90, 0)), false, true, true, 0},
		{"pauses too long", playing(l, 300, true, between(60, 130, 0)), true, true, true, 0},
		{"goes on elsewhere", playing(l, 300, false, between(60, 90, 0)), false, true, true, 30 * Frame},
		{"stays ducked", playing(l, 300, true, between(60, 200, 0.1)), true, false, false, 0},
		{"is cut", playing(l, 300, true, between(60, 300, 0)), true, true, false, 0},
	} {
		r := Judge(truth, Log{Robot: c.robot, From: Frame})
		if r.Lost != c.lost || r.Paused != c.paused || r.Resumed != c.resumed || r.Changed != c.changed {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	// What is said twice is told too.
	again := append(playing(l[:80*Frame], 80, true, always), make([]int16, 10*Frame)...)
	again = append(again, playing(l[70*Frame:], 210, true, always)...)
	if r := Judge(truth, Log{Robot: again, From: Frame}); r.Changed != 10*Frame {
		t.Errorf("10 frames were repeated: %+v", r)
	}
}

// TestALineThatHaltsWithinAFrame: nothing of it is lost if it goes on where it
// fell silent, with a fade or without.
func TestALineThatHaltsWithinAFrame(t *testing.T) {
	l := line(4)
	for _, halt := range []int{7, 37, 100, 159} {
		for _, fade := range []int{0, 40, Frame} {
			for _, skip := range []int{0, 30, -60} {
				robot := append([]int16(nil), l[:60*Frame+halt]...)
				robot = append(robot, make([]int16, 20*Frame+11)...)
				rest := append([]int16(nil), l[60*Frame+halt+skip:]...)
				for i := range fade {
					rest[i] = int16(int(rest[i]) * i / fade)
				}
				robot = append(robot, rest...)
				robot = append(robot, make([]int16, 3*Frame)...)
				p := follow(robot, l)
				if off := p.lost - p.repeated - int64(skip); off < -slack || off > slack || (skip == 0) != (p.lost+p.repeated == 0) || p.ended < 0 {
					t.Errorf("halted at %d, faded in over %d, %d skipped: %d lost, %d repeated, ended %d", halt, fade, skip, p.lost, p.repeated, p.ended)
				}
			}
		}
	}
}

// TestAFadeThatHidesAFrame: the last frame before a silence is faded so that
// nothing tells where it is from.
func TestAFadeThatHidesAFrame(t *testing.T) {
	l := line(2)
	for i := range Frame { // quiet first, then loud: the fade leaves the quiet part
		l[60*Frame+i] = int16(int(l[60*Frame+i]) * (1 + 40*i/Frame) / 12)
	}
	robot := append([]int16(nil), l[:61*Frame]...)
	for i := range Frame {
		robot[60*Frame+i] = int16(int(robot[60*Frame+i]) * (Frame - i) * (Frame - i) / Frame / Frame)
	}
	robot = append(robot, make([]int16, 5*Frame)...)
	robot = append(robot, l[61*Frame:]...)
	if p := follow(robot, l); p.lost != 0 || p.repeated != 0 || p.ended < 0 {
		t.Errorf("%d lost, %d repeated, ended %d", p.lost, p.repeated, p.ended)
	}
}

// TestAnAnswerInTheSameVoiceIsNotTheLine: two vowels of one voice are alike.
func TestAnAnswerInTheSameVoiceIsNotTheLine(t *testing.T) {
	vowel := func(seed uint64, n int) []int16 {
		d, pcm := rand.New(rand.NewPCG(seed, seed)), make([]int16, n)
		for i := range pcm {
			pcm[i] = int16(6000*(float64(i%80)/80-0.5) + 600*d.NormFloat64())
		}
		return pcm
	}
	truth, _ := interruption()
	truth.Robot = vowel(1, 200*Frame)
	robot := append([]int16(nil), truth.Robot[:60*Frame]...)
	robot = append(robot, make([]int16, 80*Frame)...)
	robot = append(robot, vowel(2, 60*Frame)...)
	robot = append(robot, make([]int16, 100*Frame)...)
	if c := correlation(robot[140*Frame:141*Frame], truth.Robot[60*Frame:]); c < goesOn {
		t.Fatalf("they are alike by %.2f only", c)
	}
	if r := Judge(truth, Log{Robot: robot, From: Frame}); !r.Taken || r.Resumed {
		t.Errorf("%+v", r)
	}
}

func TestTurnsAreTimedAndCutOff(t *testing.T) {
	truth := Truth{Class: "single", Condition: "clean", Length: 6 * Rate,
		Spans: []Span{{Kind: Turn, From: Rate, To: 3 * Rate, Text: "when are you open"}}}
	answer := line(1)
	log := func(at int) Log {
		robot := make([]int16, 300*Frame)
		copy(robot[at*Frame:], answer)
		return Log{Robot: robot, From: Frame, Requests: []Request{{At: int64(at) * Frame, Text: "When are you open?"}},
			Utterances: []Utterance{{From: Rate + 80, To: 4 * Rate}}}
	}
	r := Judge(truth, log(179))
	if r.CutOff || r.Delay != 600 || !r.Reached || r.Clipped != 10 || r.Unheard || r.False != 0 {
		t.Errorf("answered at 3.6 s: %+v", r)
	}
	if r := Judge(truth, log(120)); !r.CutOff {
		t.Errorf("answered at 2.4 s: %+v", r)
	}
	if r := Judge(truth, log(20)); r.False != 1 {
		t.Errorf("answered before anything was said: %+v", r)
	}
	l := log(179)
	l.Requests[0].Text = "when are"
	if r := Judge(truth, l); r.Reached {
		t.Errorf("half of it reached: %+v", r)
	}
	l.Deaf = true
	if r := Judge(truth, l); !r.Reached {
		t.Errorf("without a recogniser there are no words to miss: %+v", r)
	}
	if r := Judge(truth, Log{From: Frame}); !r.Unheard || r.Reached || r.Delay != -1 {
		t.Errorf("nothing happened: %+v", r)
	}
}

func TestGreetings(t *testing.T) {
	rs := []Result{
		Judge(Truth{Class: "person", Answerer: Person}, Log{Verdicts: []Verdict{{At: Rate, Who: Person}}}),
		Judge(Truth{Class: "person", Answerer: Person}, Log{Verdicts: []Verdict{{At: 2 * Rate, Who: Machine}}}),
		Judge(Truth{Class: "machine", Answerer: Machine}, Log{Verdicts: []Verdict{{At: Rate, Who: Person}, {At: 3 * Rate, Who: Machine}}}),
	}
	want := map[string]float64{"person kept": 50, "person decided p95": 2000, "machine found": 100, "machine decided p95": 3000}
	for _, f := range Report(rs) {
		if v, ok := want[f.Class+" "+f.Name]; ok && f.Condition == "" && f.Value != v {
			t.Errorf("%s %s is %g, want %g", f.Class, f.Name, f.Value, v)
		}
		delete(want, f.Class+" "+f.Name)
	}
	if len(want) > 0 {
		t.Errorf("no figures %v", want)
	}
}

func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{0, 0, 0, 1}, {0, 100, 0, 0.0370}, {97, 100, 0.9155, 0.9897}, {50, 100, 0.4038, 0.5962}, {300, 300, 0.9874, 1}} {
		low, high := Wilson(c.k, c.n)
		if math.Abs(low-c.low) > 1e-4 || math.Abs(high-c.high) > 1e-4 {
			t.Errorf("%d of %d: %.4f–%.4f, want %.4f–%.4f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

func TestBarsAndTheTable(t *testing.T) {
	truth, l := interruption()
	var rs, ref []Result
	for i := range 100 {
		gain := always
		if i < 97 {
			gain = between(60, 300, 0)
		}
		rs = append(rs, Judge(truth, Log{Robot: playing(l, 300, true, gain), From: Frame}))
		ref = append(ref, Judge(truth, Log{Robot: playing(l, 300, true, always), From: Frame}))
	}
	var b strings.Builder
	if err := Table(&b, Report(rs), Report(ref), false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ok   interruption", "97.0 %", "91.5–99.0", "≥ 97", "220.0 ms", "≤ 220"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, &b)
		}
	}
	if strings.Contains(b.String(), "clean") {
		t.Errorf("conditions are for every:\n%s", &b)
	}
}
