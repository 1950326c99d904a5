// Package vad judges, frame by frame, whether a party speaks: not at all,
// perhaps, or beyond doubt. It weighs what the library's detector and noise
// suppressor say, the energy of six bands over the tracked noise in them, and
// periodicity: a voice hums at its pitch, a cough, a click and a hiss do not. The
// weighing is done by a small network, trained on the corpus of voices and
// noises.
package vad

import (
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
	// Likely is the probability of speech from which a frame is Likely, Clear
	// that from which it is Clear; Stay is what keeps speech going.
	Likely float64 `yaml:"likely"`
	Clear  float64 `yaml:"clear"`
	Stay   float64 `yaml:"stay"`
	// Hum is the probability from which Clear speech is taken for a mere hum.
	Hum float64 `yaml:"hum"`
	// Floor is the level (dBFS) below which nothing is speech.
	Floor float64 `yaml:"floor"`
	// Periodic is the least normalised autocorrelation of a Clear frame.
	Periodic float64 `yaml:"periodic"`
}

// Defaults were tuned on telephone speech at 8 kHz.
func Defaults() Config {
	return Config{Likely: 0.5, Clear: 0.8, Stay: 0.3, Hum: 0.4, Floor: -55, Periodic: 0.6}
}

// Validate reports thresholds out of range.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Likely <= 0 || c.Likely >= 1 {
		report("likely", "is no probability", "use 0.05 to 0.95")
	}
	if c.Clear < c.Likely || c.Clear >= 1 {
		report("clear", "is less than likely, or no probability", "use likely to 0.99")
	}
	if c.Stay <= 0 || c.Stay > c.Likely {
		report("stay", "is more than likely, or no probability", "use 0.05 to likely")
	}
	if c.Hum <= 0 || c.Hum > 1 {
		report("hum", "is no probability", "use 0.05 to 1; 1 takes nothing for a hum")
	}
	if c.Floor < -90 || c.Floor > -20 {
		report("floor", "is not a level of speech", "use -90 to -20 (dBFS)")
	}
	if c.Periodic < 0 || c.Periodic > 1 {
		report("periodic", "is not a correlation", "use 0 to 1")
	}
}

// Judgement is what is said of one frame.
type Judgement struct {
	Voice Voice
	// Hum: it is voiced, but sounds like "mm-hmm" or "okay" and not like
	// somebody who begins to say something.
	Hum bool
	// Speech is the probability that it holds speech.
	Speech float64
}

// Detector judges one stream. One goroutine uses it.
type Detector struct {
	cfg      Config
	analyser *analyser
	speaking bool
	run      int // frames of speech in a row
	ahead    int // frames of hold left
}

// New returns a Detector for a stream of the given rate (Hz).
func New(cfg Config, rate int) *Detector {
	return &Detector{cfg: cfg, analyser: newAnalyser(rate)}
}

const (
	// holdRun frames of speech in a row let weaker sounds of holdFrames pass
	// as Fading: "s" and "t" within words and at their end.
	holdRun    = 4
	holdFrames = 4
)

// Features returns what is known of a frame that apm has processed. Judge
// calls it.
func (d *Detector) Features(pcm []int16, v apm.Verdict) Features {
	d.analyser.take(pcm)
	return d.analyser.look(v)
}

// Judge takes a frame that apm has processed, and what it said of it. It does
// not allocate.
func (d *Detector) Judge(pcm []int16, v apm.Verdict) Judgement {
	d.analyser.take(pcm)
	f := d.analyser.look(v)
	j := Judgement{Speech: speechNet.Judge(&f)}
	threshold := d.cfg.Likely
	if d.speaking {
		threshold = d.cfg.Stay
	}
	d.speaking = v.Level > d.cfg.Floor && j.Speech >= threshold
	switch {
	case !d.speaking:
		d.run = 0
		if d.ahead > 0 && j.Speech >= d.cfg.Stay/2 {
			d.ahead--
			j.Voice = Fading
		} else {
			d.ahead = 0
		}
		return j
	case j.Speech < d.cfg.Likely:
		j.Voice = Fading
	case j.Speech >= d.cfg.Clear && f[periodicNow] >= float32(d.cfg.Periodic):
		j.Voice, j.Hum = Clear, humNet.Judge(&f) >= d.cfg.Hum
	default:
		j.Voice = Likely
	}
	if d.run++; d.run >= holdRun {
		d.ahead = holdFrames
	}
	return j
}

// periodicNow is where in the Features the periodicity stands.
const periodicNow = 2*bandCount + 6
