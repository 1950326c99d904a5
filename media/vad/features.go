package vad

import (
	"math"

	"parley/media"
	"parley/media/apm"
	"parley/media/spectrum"
)

// bands are the borders (Hz) of those whose energies are compared with the
// noise in them: vowels and nasals stand in the lower ones, fricatives in the
// upper.
var bands = [...]float64{100, 300, 600, 1000, 1600, 2400, 3500}

const (
	bandCount = len(bands) - 1
	analysis  = 8000 // Hz: what is above a telephone's band is not looked at
	window    = spectrum.Size
	past      = 512 // samples that are kept
	// FeatureCount is the number of things that are known of a frame.
	FeatureCount = 2*bandCount + 16
)

// Features are what is known of one frame, each about -1 to 3: how the energy of
// each band stands over the noise now and on average; level over noise before
// and after suppression, what the suppressor took and believes, what the
// library's detector says now and on average, periodicity now and on average,
// flatness, level, change, and the pitch's steadiness; how much lower bands stand
// over upper ones now and on average, how much the spectrum changes, and for how
// long there has been voice.
type Features [FeatureCount]float32

// analyser makes Features of a stream.
type analyser struct {
	step  int // samples of the stream for one that is looked at
	x     [past]float32
	fft   spectrum.Transform
	edges [bandCount + 1]int

	begun          bool
	floor          [bandCount]float64 // dB
	slow           [bandCount]float64
	level, input   float64 // noise, dBFS
	voiced         float64 // average
	periodic, prev float64
	lag            int
	last           [bandCount]float64 // dB of each band over their mean
	flux, tilt     float64            // averages
	run            int
}

func newAnalyser(rate int) *analyser {
	a := &analyser{step: max(1, rate/analysis)}
	for i, hz := range bands {
		a.edges[i] = int(math.Round(hz * window / analysis))
	}
	a.fft.Init()
	return a
}

// take moves on by a frame.
func (a *analyser) take(pcm []int16) {
	n := len(pcm) / a.step
	copy(a.x[:], a.x[n:])
	to := a.x[past-n:]
	if a.step == 1 {
		for i, s := range pcm {
			to[i] = float32(s)
		}
		return
	}
	for i := range to {
		var sum float32
		for _, s := range pcm[i*a.step : (i+1)*a.step] {
			sum += float32(s)
		}
		to[i] = sum / float32(a.step)
	}
}

const (
	floorRise  = 0.04 // dB a frame: 2 dB a second
	floorFall  = 0.25 // of the distance, a frame
	floorLeast = -15  // dB of a band, in units of a sample's square
	slowPart   = 0.25
)

// follow moves a noise floor towards x.
func follow(floor, x float64) float64 {
	if x < floor {
		return floor + (x-floor)*floorFall
	}
	return floor + floorRise
}

// look returns what is known of the newest frame.
func (a *analyser) look(v apm.Verdict) (f Features) {
	power := a.fft.Power(a.x[past-window:])
	var e [bandCount]float64
	var sum, logs float64
	for b := range bandCount {
		total := 0.0
		for _, p := range power[a.edges[b]:a.edges[b+1]] {
			total += p
		}
		width := float64(a.edges[b+1] - a.edges[b])
		e[b] = 10 * math.Log10(total/width/window+0.03)
		sum += total / width
		logs += math.Log(total/width + 1)
	}
	if !a.begun {
		a.begun = true
		for b := range bandCount {
			a.floor[b] = min(e[b], 25)
		}
		a.level, a.input = min(v.Level, -40), min(v.Input, -40)
	}
	mean := 0.0
	for b := range bandCount {
		over := clamp((e[b]-a.floor[b])/10, -1, 3)
		a.slow[b] += (over - a.slow[b]) * slowPart
		f[b], f[bandCount+b] = float32(over), float32(a.slow[b])
		mean += over / float64(bandCount)
		a.floor[b] = max(follow(a.floor[b], e[b]), floorLeast)
	}
	voiced := 0.0
	for _, h := range v.Voiced {
		if h {
			voiced += 0.5
		}
	}
	a.voiced += (voiced - a.voiced) * 0.2
	periodic, lag := periodicity(a.x[:])
	a.periodic += (periodic - a.periodic) * 0.4
	steady := 0.0
	if a.lag > 0 && lag > 0 {
		steady = 1 - clamp(math.Abs(float64(lag-a.lag))/float64(a.lag)*4, 0, 1)
	}
	a.lag = lag
	rest := f[2*bandCount:]
	rest[0] = float32(clamp((v.Level-a.level)/10, -1, 4))
	rest[1] = float32(clamp((v.Input-a.input)/10, -1, 4))
	rest[2] = float32(clamp((v.Input-v.Level)/10, -1, 3))
	rest[3] = float32(v.Speech)
	rest[4], rest[5] = float32(voiced), float32(a.voiced)
	rest[6], rest[7] = float32(periodic), float32(a.periodic)
	rest[8] = float32(clamp((math.Log(sum/float64(bandCount)+1)-logs/float64(bandCount))/3, 0, 2))
	rest[9] = float32(clamp(v.Level/30+1.5, -1, 2))
	rest[10] = float32(clamp(mean-a.prev, -2, 2))
	rest[11] = float32(steady)
	a.prev = mean
	a.level = clamp(follow(a.level, v.Level), -80, -20)
	a.input = clamp(follow(a.input, v.Input), -80, -20)

	middle := 0.0
	for _, x := range e {
		middle += x / float64(bandCount)
	}
	flux := 0.0
	for b, x := range e {
		flux += math.Abs(x-middle-a.last[b]) / float64(bandCount)
		a.last[b] = x - middle
	}
	if a.run++; voiced < 0.5 || rest[0] < 0.6 {
		a.run = 0
	}
	if a.run <= 1 {
		a.flux, a.tilt = 0, 0
	}
	low := math.Pow(10, e[0]/10) + math.Pow(10, e[1]/10)
	high := math.Pow(10, e[2]/10) + math.Pow(10, e[3]/10) + math.Pow(10, e[4]/10) + math.Pow(10, e[5]/10)
	tilt := 10 * math.Log10((low+0.1)/(high+0.1))
	a.tilt += (tilt - a.tilt) / min(float64(a.run+1), 8)
	a.flux += (flux - a.flux) / min(float64(a.run+1), 8)
	rest[12], rest[13] = float32(clamp(tilt/15, -2, 3)), float32(clamp(a.tilt/15, -2, 3))
	rest[14], rest[15] = float32(clamp(a.flux/4, 0, 3)), float32(min(float64(a.run)/15, 1.5))
	return f
}

func clamp(x, least, most float64) float64 { return min(max(x, least), most) }

// The lags that a voice has: 2.5 to 14 ms, 400 to 71 Hz.
const (
	shortestLag = analysis / 400
	longestLag  = analysis / 71
	compared    = 2*analysis/media.FramesPerSecond - longestLag
)

// periodicity returns the highest normalised autocorrelation of the last 40 ms,
// 0 to 1, and its lag.
func periodicity(all []float32) (best float64, at int) {
	x := all[len(all)-compared-longestLag:]
	cur := x[longestLag:]
	var e0, e1 float64
	for _, s := range cur {
		e0 += float64(s) * float64(s)
	}
	if e0 == 0 {
		return 0, 0
	}
	// The energy of the lagged window is updated rather than summed anew.
	for _, s := range x[longestLag-shortestLag : longestLag-shortestLag+compared] {
		e1 += float64(s) * float64(s)
	}
	for lag := shortestLag; lag <= longestLag; lag++ {
		old := x[longestLag-lag : longestLag-lag+compared]
		var c float32
		for i, s := range cur {
			c += s * old[i]
		}
		if c > 0 && e1 > 0 {
			if p := float64(c) / math.Sqrt(e0*e1); p > best {
				best, at = p, lag
			}
		}
		if lag < longestLag {
			in, out := float64(x[longestLag-lag-1]), float64(old[compared-1])
			e1 += in*in - out*out
		}
	}
	return best, at
}
