package corpus

import (
	"math"
	"slices"
)

const (
	rate  = 8000 // Hz, of all that is made
	frame = rate / 50
)

// sound is audio before it is on a line: 1 is full scale.
type sound []float64

func newSound(n int) sound { return make(sound, max(n, 0)) }

func (s sound) rms() float64 {
	sum := 0.0
	for _, v := range s {
		sum += v * v
	}
	return math.Sqrt(sum / float64(max(len(s), 1)))
}

func (s sound) scale(gain float64) sound {
	for i := range s {
		s[i] *= gain
	}
	return s
}

// level makes the sound's rms a level in dBov.
func (s sound) level(db float64) sound {
	if r := s.rms(); r > 0 {
		s.scale(amplitude(db) / r)
	}
	return s
}

// add mixes other in from a sample on, as far as s goes.
func (s sound) add(at int, other sound, gain float64) {
	for i, v := range other {
		if j := at + i; j >= 0 && j < len(s) {
			s[j] += gain * v
		}
	}
}

// fade ramps both ends, so that nothing clicks that should not.
func (s sound) fade(in, out int) sound {
	for i := range min(in, len(s)) {
		s[i] *= float64(i) / float64(in)
	}
	for i := range min(out, len(s)) {
		s[len(s)-1-i] *= float64(i) / float64(out)
	}
	return s
}

func amplitude(db float64) float64 { return math.Pow(10, db/20) }

func decibel(a float64) float64 { return 20 * math.Log10(max(a, 1e-9)) }

// biquad is a filter of second order (R. Bristow-Johnson's cookbook).
type biquad struct{ b0, b1, b2, a1, a2, x1, x2, y1, y2 float64 }

// flatQ lets a filter pass without a peak at its border.
const flatQ = 0.7

func lowPass(hz float64) *biquad {
	w := 2 * math.Pi * hz / rate
	c, a := math.Cos(w), math.Sin(w)/(2*flatQ)
	return (&biquad{b0: (1 - c) / 2, b1: 1 - c, b2: (1 - c) / 2, a1: -2 * c, a2: 1 - a}).over(1 + a)
}

func highPass(hz float64) *biquad {
	w := 2 * math.Pi * hz / rate
	c, a := math.Cos(w), math.Sin(w)/(2*flatQ)
	return (&biquad{b0: (1 + c) / 2, b1: -1 - c, b2: (1 + c) / 2, a1: -2 * c, a2: 1 - a}).over(1 + a)
}

func bandPass(hz, q float64) *biquad {
	w := 2 * math.Pi * hz / rate
	c, a := math.Cos(w), math.Sin(w)/(2*q)
	return (&biquad{b0: a, b2: -a, a1: -2 * c, a2: 1 - a}).over(1 + a)
}

func (f *biquad) over(a0 float64) *biquad {
	f.b0, f.b1, f.b2, f.a1, f.a2 = f.b0/a0, f.b1/a0, f.b2/a0, f.a1/a0, f.a2/a0
	return f
}

func (f *biquad) next(x float64) float64 {
	y := f.b0*x + f.b1*f.x1 + f.b2*f.x2 - f.a1*f.y1 - f.a2*f.y2
	f.x2, f.x1, f.y2, f.y1 = f.x1, x, f.y1, y
	return y
}

// through returns s filtered, in place.
func (s sound) through(filters ...*biquad) sound {
	for _, f := range filters {
		for i, v := range s {
			s[i] = f.next(v)
		}
	}
	return s
}

// kernelHalf is how many zero crossings of the sinc are used on either side,
// kernel its windowed values from the middle to the end.
const (
	kernelHalf = 16
	kernelSize = 8192
)

var kernel = func() (k [kernelSize + 1]float64) {
	for i := range k {
		u := float64(i) / kernelSize
		x := math.Pi * u * kernelHalf
		if k[i] = window(u); i > 0 {
			k[i] *= math.Sin(x) / x
		}
	}
	return k
}()

// resample plays pcm, made at from Hz, at 8 kHz and higher by size, which
// rises by bend from its beginning to its end.
func resample(pcm []int16, from int, size, bend float64) sound {
	step := float64(from) / rate * size
	cut := min(1, 0.95/step)
	reach := kernelHalf / cut
	scale := kernelSize / reach
	out := make(sound, 0, int(float64(len(pcm))/step)+1)
	for at := 0.0; at < float64(len(pcm)-1); {
		sum := 0.0
		for i := max(0, int(at-reach)+1); i <= min(len(pcm)-1, int(at+reach)); i++ {
			sum += float64(pcm[i]) * kernel[int(math.Abs(float64(i)-at)*scale)]
		}
		out = append(out, sum*cut/32768)
		at += step * (1 + bend*(at/float64(len(pcm))-0.5))
	}
	return out
}

// window is a raised cosine over -1 to 1.
func window(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return 0.5 + 0.5*math.Cos(math.Pi*x)
}

// trimmed cuts the quiet off both ends: everything that is quietBy below the
// sound's loud stretches.
func (s sound) trimmed() sound {
	from, to := s.extent()
	return s[from:to]
}

const (
	quietBy  = 32           // dB
	quietFor = rate / 400   // samples that are judged at once
	loudFor  = rate / 50    // samples of a stretch
	loudPart = 0.9          // of the stretches are less loud than the loud ones
	least    = 1.0 / 10_000 // rms below which there is nothing
)

// extent returns the first sample with energy, and the one after the last.
func (s sound) extent() (from, to int) {
	var levels []float64
	for i := 0; i+loudFor <= len(s); i += loudFor {
		levels = append(levels, s[i:i+loudFor].rms())
	}
	if len(levels) == 0 {
		return 0, len(s)
	}
	slices.Sort(levels)
	limit := max(levels[int(loudPart*float64(len(levels)-1))]*amplitude(-quietBy), least)
	for from = 0; from+quietFor < len(s) && s[from:from+quietFor].rms() < limit; from += quietFor / 4 {
	}
	for to = len(s); to-quietFor > from && s[to-quietFor:to].rms() < limit; to -= quietFor / 4 {
	}
	return from, to
}
