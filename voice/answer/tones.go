package answer

import (
	"math"
	"time"
)

// tones follows the tones of a line: the one that sounds, and those before it.
type tones struct {
	Now  sounding
	Past [3]sounding // the newest first
	Rest time.Duration
}

// sounding is one tone.
type sounding struct {
	Hz     [2]float64
	Length time.Duration
	Rest   time.Duration // without a tone before it
	Lapse  int           // frames without it, in a row
}

const (
	// lapse is how many frames without a tone do not end it.
	lapse = 1
	// shortest is what is taken for a tone at all.
	shortest = 4 * FrameTime
)

// like says whether two tones have the same frequencies.
func like(a, b [2]float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 8+0.015*max(a[i], b[i]) {
			return false
		}
	}
	return true
}

// take takes the tones of a frame. over: one that was long enough has ended.
func (t *tones) take(hz [2]float64) (over bool) {
	switch {
	case hz[0] != 0 && t.Now.Length > 0 && like(hz, t.Now.Hz):
		t.Now.Length += FrameTime * time.Duration(1+t.Now.Lapse)
		t.Now.Lapse = 0
		return false
	case t.Now.Length > 0 && t.Now.Lapse < lapse:
		t.Now.Lapse++
		return false
	}
	missed := FrameTime * time.Duration(t.Now.Lapse)
	if over = t.Now.Length >= shortest; over {
		t.Past = [3]sounding{t.Now, t.Past[0], t.Past[1]}
		t.Rest = missed
	} else {
		t.Rest += t.Now.Length + missed
	}
	t.Now = sounding{}
	if hz[0] != 0 {
		t.Now = sounding{Hz: hz, Length: FrameTime, Rest: t.Rest}
		return over
	}
	t.Rest += FrameTime
	return over
}

// sounds says whether a tone sounds that is no syllable.
func (t *tones) sounds() bool { return t.Now.Length >= shortest }

func (s sounding) single() bool { return s.Hz[1] == 0 }

func (s sounding) near(hz, within float64) bool {
	return s.single() && math.Abs(s.Hz[0]-hz) <= within
}

// special is the information tone: three rising tones (ITU-T E.180 §7).
func (t *tones) special() bool {
	return t.Past[2].near(950, 55) && t.Past[1].near(1400, 55) && t.Past[0].near(1800, 55) &&
		t.Past[0].Rest < 100*time.Millisecond && t.Past[1].Rest < 100*time.Millisecond
}

// busy is a cadence of equal tones and rests: busy or congestion (E.180).
func (t *tones) busy() bool {
	a, b, c := t.Past[0], t.Past[1], t.Past[2]
	low := func(s sounding) bool { return s.Hz[0] > 330 && s.Hz[0] < 520 && s.Hz[1] < 660 }
	even := func(x, y time.Duration) bool { return (x - y).Abs() <= 80*time.Millisecond }
	short := func(d time.Duration) bool { return d >= 150*time.Millisecond && d <= 600*time.Millisecond }
	return low(a) && like(a.Hz, b.Hz) && like(b.Hz, c.Hz) && even(a.Length, b.Length) && even(b.Length, c.Length) &&
		short(a.Length) && short(a.Rest) && short(b.Rest) && even(a.Rest, b.Rest)
}

// fax is the answer of a fax machine or a modem (ITU-T V.8, V.25), or the call
// of one (T.30).
func (t *tones) fax() bool {
	n := t.Now
	answering := n.near(2100, 25) || n.near(2225, 25) // centre by a coarse spectrum
	calling := func(s sounding) bool {
		return s.near(1100, 42) && s.Length >= 420*time.Millisecond && s.Length <= 600*time.Millisecond
	}
	return answering && n.Length >= 1200*time.Millisecond ||
		calling(t.Past[0]) && calling(t.Past[1]) && t.Past[0].Rest > 2*time.Second
}

// beep says whether the last tone was the beep of an answering machine, and has
// just been followed by enough of nothing.
func (t *tones) beep(c Config) bool {
	b := t.Past[0]
	return b.Rest >= beforeBeep && t.Rest >= afterBeep && t.Rest < afterBeep+FrameTime && t.Now.Length == 0 && b.single() && b.Hz[0] >= 350 && b.Hz[0] <= 2500 &&
		b.Length >= c.BeepMin && b.Length <= c.BeepMax
}

// Before and after a beep there is no other tone: that tells it from music.
const (
	beforeBeep = 200 * time.Millisecond
	afterBeep  = 100 * time.Millisecond
)
