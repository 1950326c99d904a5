package media

import (
	"math"
	"sync"
)

// The low-pass of every Resampler: a Kaiser window of 60 dB over a sinc whose
// edge is half the lower of both rates, as long as kernelTaps samples at that
// lower rate. Its pass band ends near 0.44 of the lower rate, its stop band
// begins near 0.56, and it delays by half its length: 2 ms at 8 kHz.
const (
	kernelTaps = 32
	kernelBeta = 5.65 // Kaiser: 60 dB
)

// kernel is a polyphase low-pass: phase p of l begins at taps[p*width].
// Kernels are shared by all Resamplers of the same ratio and never change.
type kernel struct {
	l, m  int // up by l, down by m
	width int // input samples under the filter
	taps  []float32
}

var kernels struct {
	sync.Mutex
	byRatio map[[2]int]*kernel
}

// kernelFor returns the kernel of the ratio l/m, which is in lowest terms.
func kernelFor(l, m int) *kernel {
	kernels.Lock()
	defer kernels.Unlock()
	key := [2]int{l, m}
	if k := kernels.byRatio[key]; k != nil {
		return k
	}
	if kernels.byRatio == nil {
		kernels.byRatio = make(map[[2]int]*kernel)
	}
	k := newKernel(l, m)
	kernels.byRatio[key] = k
	return k
}

func newKernel(l, m int) *kernel {
	// In input samples the filter is wider the further it reduces the rate.
	stretch := 1.0
	if m > l {
		stretch = float64(m) / float64(l)
	}
	half := float64(kernelTaps) / 2 * stretch
	width := 2 * int(math.Ceil(half))
	width = (width + 3) / 4 * 4 // dot works by fours
	k := &kernel{l: l, m: m, width: width, taps: make([]float32, l*width)}
	for p := range l {
		phase := k.taps[p*width : (p+1)*width]
		sum := 0.0
		h := make([]float64, width)
		for i := range h {
			// The output lies p/l behind the sample width/2-1.
			at := float64(i-width/2+1) - float64(p)/float64(l)
			h[i] = sinc(at/stretch) * kaiser(at/half)
			sum += h[i]
		}
		for i := range h { // every phase passes DC unchanged
			phase[i] = float32(h[i] / sum)
		}
	}
	return k
}

// halfBand holds the taps of the fast path at 1, 3, 5 … samples of the higher
// rate from the middle, where the tap is one; all others are zero. Their sum is
// one half: both sides together weigh as much as the middle.
var halfBand = func() (taps [kernelTaps / 2]float32) {
	var h [kernelTaps / 2]float64
	sum := 0.0
	for j := range h {
		at := float64(j) + 0.5 // in samples of the lower rate
		h[j] = sinc(at) * kaiser(at/(kernelTaps/2))
		sum += h[j]
	}
	for j := range h {
		taps[j] = float32(h[j] / sum / 2)
	}
	return taps
}()

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window over -1 … 1, and zero outside.
func kaiser(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(kernelBeta*math.Sqrt(1-x*x)) / bessel(kernelBeta)
}

// bessel is the modified Bessel function of the first kind and order zero.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for n := 1.0; term > 1e-12*sum; n++ {
		term *= (x / 2 / n) * (x / 2 / n)
		sum += term
	}
	return sum
}
