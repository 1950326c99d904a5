package echo

import "math"

// lowPass lets through what is below 900 Hz: two sections of Butterworth's.
type lowPass struct{ a, b section }

type section struct{ b0, b1, b2, a1, a2, x1, x2, y1, y2 float64 }

const cut = 850.0 // Hz

func newLowPass(rate int) lowPass {
	return lowPass{newSection(rate, 0.5412), newSection(rate, 1.3066)}
}

func newSection(rate int, q float64) section {
	w := 2 * math.Pi * cut / float64(rate)
	alpha := math.Sin(w) / (2 * q)
	a0 := 1 + alpha
	return section{
		b0: (1 - math.Cos(w)) / 2 / a0, b1: (1 - math.Cos(w)) / a0, b2: (1 - math.Cos(w)) / 2 / a0,
		a1: -2 * math.Cos(w) / a0, a2: (1 - alpha) / a0,
	}
}

func (s *section) next(x float64) float64 {
	y := s.b0*x + s.b1*s.x1 + s.b2*s.x2 - s.a1*s.y1 - s.a2*s.y2
	s.x1, s.x2, s.y1, s.y2 = x, s.x1, y, s.y1
	return y
}

// take filters pcm and keeps each step-th sample.
func (l *lowPass) take(pcm []int16, step int, to []float32) {
	for i, s := range pcm {
		y := l.b.next(l.a.next(float64(s)))
		if i%step == step-1 && i/step < len(to) {
			to[i/step] = float32(y)
		}
	}
}
