package media

import (
	"fmt"
	"slices"
)

// Rates are the sample rates (Hz) that a Resampler converts between: all that
// AudioSocket knows, and 22050 of the program espeak-ng.
var Rates = []int{8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192000}

// resampleChunk is how many input samples are filtered at once.
const resampleChunk = 960

// Resampler changes the rate of one stream of audio. It keeps the end of what
// it has seen, so frames may have any length. One goroutine uses it.
//
// It is flat within 0.5 dB to 0.42 of the lower rate, keeps what would fold
// from beyond 0.58 of it 50 dB down, and delays by 2 ms at 8 kHz, less above.
type Resampler struct {
	k     *kernel // nil: equal rates
	run   func(r *Resampler, dst []int16, n int) int
	buf   []float32 // width-1 samples of the past, then the chunk
	width int
	phase int // of the next output, 0 … l-1
	skip  int // input samples still to pass before the next output
}

// NewResampler returns a Resampler from one of Rates to another.
func NewResampler(from, to int) (*Resampler, error) {
	for _, rate := range []int{from, to} {
		if !slices.Contains(Rates, rate) {
			return nil, fmt.Errorf("resample %d to %d Hz: %d is none of %v", from, to, rate, Rates)
		}
	}
	if from == to {
		return &Resampler{}, nil
	}
	d := gcd(from, to)
	l, m := to/d, from/d
	r := &Resampler{k: kernelFor(l, m), run: (*Resampler).polyphase}
	r.width = r.k.width
	switch {
	case l == 2 && m == 1:
		r.run, r.width = (*Resampler).double, kernelTaps
	case l == 1 && m == 2:
		r.run, r.width = (*Resampler).halve, 2*kernelTaps-1
	}
	r.buf = make([]float32, r.width-1+resampleChunk)
	return r, nil
}

// OutLen returns the most samples that Process makes of n. For frames of a
// whole FrameTime it is exact.
func (r *Resampler) OutLen(n int) int {
	if r.k == nil {
		return n
	}
	return (n*r.k.l + r.k.m - 1) / r.k.m
}

// Process converts src into dst, which holds OutLen(len(src)) samples or more
// and does not overlap it, and returns how many it wrote.
func (r *Resampler) Process(dst, src []int16) int {
	if r.k == nil {
		return copy(dst, src)
	}
	written := 0
	for len(src) > 0 {
		n := min(len(src), resampleChunk)
		chunk := r.buf[r.width-1 : r.width-1+n]
		for i, s := range src[:n] {
			chunk[i] = float32(s)
		}
		written += r.run(r, dst[written:], n)
		copy(r.buf, r.buf[n:n+r.width-1])
		src = src[n:]
	}
	return written
}

// Reset forgets the past, as at the start of another stream.
func (r *Resampler) Reset() {
	clear(r.buf)
	r.phase, r.skip = 0, 0
}

// polyphase serves any ratio: one phase of the kernel for each output.
func (r *Resampler) polyphase(dst []int16, n int) int {
	k := r.k
	whole, part := k.m/k.l, k.m%k.l
	out, at, phase := 0, r.skip, r.phase
	for at < n {
		dst[out] = toInt16(dot(k.taps[phase*k.width:][:k.width], r.buf[at:][:k.width]))
		out++
		at += whole
		if phase += part; phase >= k.l {
			phase -= k.l
			at++
		}
	}
	r.skip, r.phase = at-n, phase
	return out
}

// double serves 1:2. Every second output is an input sample as it was; those
// between are symmetric sums.
func (r *Resampler) double(dst []int16, n int) int {
	const half = kernelTaps / 2
	taps := &halfBand
	dst = dst[:2*n]
	for i := range n {
		w := r.buf[i:][:kernelTaps]
		dst[2*i] = int16(w[half-1])
		var a, b float32
		for j := 0; j < half; j += 2 {
			a += taps[j] * (w[half-1-j] + w[half+j])
			b += taps[j+1] * (w[half-2-j] + w[half+1+j])
		}
		dst[2*i+1] = toInt16(a + b)
	}
	return 2 * n
}

// halve serves 2:1 with the same half band: half of the taps are zero.
func (r *Resampler) halve(dst []int16, n int) int {
	const middle = kernelTaps - 1
	taps := &halfBand
	out, at := 0, r.skip
	for ; at < n; at += 2 {
		w := r.buf[at:][: 2*kernelTaps-1 : 2*kernelTaps-1]
		a, b := w[middle], float32(0)
		for j := 0; j < kernelTaps/2; j += 2 {
			a += taps[j] * (w[middle-1-2*j] + w[middle+1+2*j])
			b += taps[j+1] * (w[middle-3-2*j] + w[middle+3+2*j])
		}
		dst[out] = toInt16((a + b) / 2)
		out++
	}
	r.skip = at - n
	return out
}

// dot multiplies two windows of equal length, a multiple of four.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	return s0 + s1 + s2 + s3
}

// toInt16 rounds and saturates.
func toInt16(x float32) int16 {
	switch {
	case x >= 32767:
		return 32767
	case x <= -32768:
		return -32768
	case x < 0:
		return int16(x - 0.5)
	}
	return int16(x + 0.5)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
