// Package vad judges, frame by frame, whether a party speaks: not at all,
// perhaps, or beyond doubt. It weighs the library's detector with the energy
// over the tracked noise and with periodicity: a voice hums at its pitch, a
// cough, a click and a hiss do not.
package vad

import (
	"math"

	"parley/media"
	"parley/media/apm"
)

// Voice is the judgement of one frame.
type Voice uint8

const (
	Silent Voice = iota
	Fading       // voice that has just ended, or the unvoiced end of a word
	Likely       // voice by detector and energy
	Clear        // periodic as well: speech beyond doubt
)

// Config holds the thresholds.
type Config struct {
	// Over the noise floor (dB) a frame must stand to be Likely, and Clear.
	Over      float64 `yaml:"over"`
	ClearOver float64 `yaml:"clear_over"`
	// Floor is the level (dBFS) below which nothing is speech.
	Floor float64 `yaml:"floor"`
	// Periodic is the least normalised autocorrelation of a Clear frame.
	Periodic float64 `yaml:"periodic"`
}

// Defaults were tuned on telephone speech at 8 kHz.
func Defaults() Config {
	return Config{Over: 6, ClearOver: 10, Floor: -50, Periodic: 0.72}
}

// Validate reports thresholds out of range.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Over < 0 || c.Over > 40 {
		report("over", "is not a margin over noise", "use 0 to 40 (dB)")
	}
	if c.ClearOver < c.Over || c.ClearOver > 40 {
		report("clear_over", "is less than over, or more than 40", "use over to 40 (dB)")
	}
	if c.Floor < -90 || c.Floor > -20 {
		report("floor", "is not a level of speech", "use -90 to -20 (dBFS)")
	}
	if c.Periodic < 0 || c.Periodic > 1 {
		report("periodic", "is not a correlation", "use 0 to 1")
	}
}

// Detector judges one stream. One goroutine uses it.
type Detector struct {
	cfg   Config
	frame int
	noise float64 // dBFS
	past  []float32
	ahead int // frames of hold left
	run   int // likely frames in a row
}

// New returns a Detector for a stream of the given rate (Hz).
func New(cfg Config, rate int) *Detector {
	n := media.FrameSize(rate)
	return &Detector{cfg: cfg, frame: n, noise: -60, past: make([]float32, 2*n)}
}

// Noise returns the tracked noise floor in dBFS.
func (d *Detector) Noise() float64 { return d.noise }

const (
	noiseRise = 0.06 // dB a frame: 3 dB a second
	noiseFall = 0.2  // of the distance, a frame
	noiseMin  = -75
	noiseMax  = -25
	// holdRun likely frames in a row let unvoiced sounds of holdFrames pass
	// as Fading: "s" and "t" within words and at their end.
	holdRun    = 4
	holdFrames = 4
)

// Judge takes a frame that apm has processed, and what it said of it. It does
// not allocate.
func (d *Detector) Judge(pcm []int16, v apm.Verdict) Voice {
	copy(d.past, d.past[d.frame:])
	for i, s := range pcm {
		d.past[d.frame+i] = float32(s)
	}
	over := v.Level - d.noise
	d.track(v.Level)

	likely := v.Level > d.cfg.Floor && over >= d.cfg.Over && v.Voiced[0] && v.Voiced[1]
	if !likely {
		d.run = 0
		if d.ahead > 0 && v.Voice() && over >= d.cfg.Over/2 {
			d.ahead--
			return Fading
		}
		d.ahead = 0
		return Silent
	}
	if d.run++; d.run >= holdRun {
		d.ahead = holdFrames
	}
	if d.ends(pcm) {
		return Fading
	}
	if over >= d.cfg.ClearOver && d.periodicity() >= d.cfg.Periodic {
		return Clear
	}
	return Likely
}

// ends tells whether the later half of a frame is no louder than the noise:
// what voice the frame has, or its echo in the filters, ends within it. A stop
// within a word looks the same, and costs nothing: Fading is speech as long as
// more follows.
func (d *Detector) ends(pcm []int16) bool {
	var energy float64
	half := pcm[len(pcm)/2:]
	for _, s := range half {
		energy += float64(s) * float64(s)
	}
	limit := math.Pow(10, max(d.noise+d.cfg.Over, d.cfg.Floor)/20) * 32768
	return energy < float64(len(half))*limit*limit
}

// track follows the noise floor: down quickly, up slowly.
func (d *Detector) track(level float64) {
	if level < d.noise {
		d.noise += (level - d.noise) * noiseFall
	} else {
		d.noise += noiseRise
	}
	d.noise = min(max(d.noise, noiseMin), noiseMax)
}

// periodicity returns the highest normalised autocorrelation of the last two
// frames at lags of 2.5 to 14 ms (400 to 71 Hz), 0 to 1.
func (d *Detector) periodicity() float64 {
	rate := d.frame * media.FramesPerSecond
	shortest, longest := rate/400, rate/71
	x := d.past[len(d.past)-d.frame-longest:]
	n := len(x) - longest
	cur := x[longest:]
	var e0 float64
	for _, s := range cur {
		e0 += float64(s) * float64(s)
	}
	if e0 == 0 {
		return 0
	}
	// The energy of the lagged window is updated rather than summed anew.
	var e1 float64
	for _, s := range x[longest-shortest : longest-shortest+n] {
		e1 += float64(s) * float64(s)
	}
	var best float64
	for lag := shortest; lag <= longest; lag++ {
		old := x[longest-lag : longest-lag+n]
		var c float32
		for i, s := range cur {
			c += s * old[i]
		}
		if c > 0 && e1 > 0 {
			best = max(best, float64(c)/math.Sqrt(e0*e1))
		}
		if lag < longest {
			in, out := float64(x[longest-lag-1]), float64(old[n-1])
			e1 += in*in - out*out
		}
	}
	return best
}
