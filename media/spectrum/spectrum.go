// Package spectrum tells how the power of a frame is spread over frequencies,
// without allocating.
package spectrum

import "math"

// Size is the number of samples that are looked at; Bins of power come of them,
// from 0 to half the rate.
const (
	Size = 256
	Bins = Size/2 + 1
)

// Transform is a Fourier transform of Size samples, tapered by Hann's window.
// One goroutine uses it.
type Transform struct {
	taper  [Size]float32
	cos    [Size / 2]float32
	sin    [Size / 2]float32
	order  [Size]uint8
	re, im [Size]float32
	out    [Bins]float64
}

// Init makes its tables. It must be called before Power.
func (t *Transform) Init() {
	for i := range Size {
		t.taper[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/Size))
		reversed := 0
		for bit := 1; bit < Size; bit <<= 1 {
			reversed <<= 1
			if i&bit != 0 {
				reversed |= 1
			}
		}
		t.order[i] = uint8(reversed)
	}
	for i := range Size / 2 {
		t.cos[i] = float32(math.Cos(2 * math.Pi * float64(i) / Size))
		t.sin[i] = float32(-math.Sin(2 * math.Pi * float64(i) / Size))
	}
}

// Power returns the power in each bin of x, which has Size samples. It is
// valid until the next call.
func (t *Transform) Power(x []float32) []float64 {
	for i, at := range t.order {
		t.re[i], t.im[i] = x[at]*t.taper[at], 0
	}
	for size := 2; size <= Size; size <<= 1 {
		half, stride := size/2, Size/size
		for start := 0; start < Size; start += size {
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
