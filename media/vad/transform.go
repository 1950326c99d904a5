package vad

import "math"

// transform is a Fourier transform of window samples, tapered by Hann's window.
type transform struct {
	taper  [window]float32
	cos    [window / 2]float32
	sin    [window / 2]float32
	order  [window]uint8
	re, im [window]float32
	out    [window/2 + 1]float64
}

func (t *transform) init() {
	for i := range window {
		t.taper[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/window))
		reversed := 0
		for bit := 1; bit < window; bit <<= 1 {
			reversed <<= 1
			if i&bit != 0 {
				reversed |= 1
			}
		}
		t.order[i] = uint8(reversed)
	}
	for i := range window / 2 {
		t.cos[i] = float32(math.Cos(2 * math.Pi * float64(i) / window))
		t.sin[i] = float32(-math.Sin(2 * math.Pi * float64(i) / window))
	}
}

// power returns the power in each of the frequencies up to half the rate. It is
// valid until the next call.
func (t *transform) power(x []float32) []float64 {
	for i, at := range t.order {
		t.re[i], t.im[i] = x[at]*t.taper[at], 0
	}
	for size := 2; size <= window; size <<= 1 {
		half, stride := size/2, window/size
		for start := 0; start < window; start += size {
			for k := range half {
				i, j := start+k, start+k+half
				c, s := t.cos[k*stride], t.sin[k*stride]
				re, im := t.re[j]*c-t.im[j]*s, t.re[j]*s+t.im[j]*c
				t.re[j], t.im[j] = t.re[i]-re, t.im[i]-im
				t.re[i], t.im[i] = t.re[i]+re, t.im[i]+im
			}
		}
	}
	for i := range t.out {
		t.out[i] = float64(t.re[i])*float64(t.re[i]) + float64(t.im[i])*float64(t.im[i])
	}
	return t.out[:]
}
