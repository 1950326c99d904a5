package apm

import (
	"fmt"
	"slices"
)

// Noise says how strongly steady noise is suppressed.
type Noise int

const (
	NoiseOff Noise = iota
	NoiseLow
	NoiseModerate
	NoiseHigh
	NoiseVeryHigh
)

var noiseNames = []string{"off", "low", "moderate", "high", "very_high"}

func (n Noise) String() string               { return nameOf(noiseNames, int(n)) }
func (n Noise) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads off, low, moderate, high or very_high.
func (n *Noise) UnmarshalText(text []byte) (err error) {
	*(*int)(n), err = indexOf(noiseNames, string(text))
	return err
}

// Likelihood says how readily a frame is called voice: the higher, the fewer
// words are clipped and the more noise is taken for voice.
type Likelihood int

const (
	VeryLow Likelihood = iota
	Low
	Moderate
	High
)

var likelihoodNames = []string{"very_low", "low", "moderate", "high"}

func (l Likelihood) String() string               { return nameOf(likelihoodNames, int(l)) }
func (l Likelihood) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads very_low, low, moderate or high.
func (l *Likelihood) UnmarshalText(text []byte) (err error) {
	*(*int)(l), err = indexOf(likelihoodNames, string(text))
	return err
}

// Config chooses what a Processor does.
type Config struct {
	// Rate in Hz: 8000, 16000, 32000 or 48000. It belongs to the stream, not
	// to the configuration file.
	Rate int `yaml:"-"`
	// Noise suppression, before voice detection.
	Noise Noise `yaml:"noise"`
	// Voice: how readily a frame is called voice.
	Voice Likelihood `yaml:"voice"`
	// HighPass removes hum and rumble below about 100 Hz.
	HighPass bool `yaml:"high_pass"`
}

// Defaults suit a telephone call at 8 kHz from a quiet room.
func Defaults() Config {
	return Config{Rate: 8000, Noise: NoiseModerate, Voice: Low, HighPass: true}
}

// Validate reports settings that New would refuse.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Noise < NoiseOff || c.Noise > NoiseVeryHigh {
		report("noise", fmt.Sprintf("%d is no level of noise suppression", c.Noise), "use off, low, moderate, high or very_high")
	}
	if c.Voice < VeryLow || c.Voice > High {
		report("voice", fmt.Sprintf("%d is no likelihood", c.Voice), "use very_low, low, moderate or high")
	}
}

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("unknown(%d)", i)
	}
	return names[i]
}

func indexOf(names []string, name string) (int, error) {
	i := slices.Index(names, name)
	if i < 0 {
		return 0, fmt.Errorf("%q is none of %v", name, names)
	}
	return i, nil
}
