package turn

import (
	"time"

	"parley/voice/turn/wording"
)

// BackchannelConfig is what the robot murmurs while the caller tells something
// long, without taking the turn (requirement V5).
type BackchannelConfig struct {
	On      bool     `yaml:"on"`
	Phrases []string `yaml:"phrases"`
	// MinSpeech of the caller must have been heard in this turn, Spacing have
	// passed since the last one.
	MinSpeech time.Duration `yaml:"min_speech"`
	Spacing   time.Duration `yaml:"spacing"`
}

// DefaultBackchannel is off.
func DefaultBackchannel() BackchannelConfig {
	return BackchannelConfig{
		Phrases:   []string{"Mm-hmm.", "Okay.", "I see."},
		MinSpeech: 3 * time.Second, Spacing: 4 * time.Second,
	}
}

func (c BackchannelConfig) validate(report func(key, problem, remedy string)) {
	if c.On && len(c.Phrases) == 0 {
		report("backchannel.phrases", "is empty", "give phrases, or set backchannel.on to false")
	}
	if c.MinSpeech < 0 {
		report("backchannel.min_speech", "is negative", "set it to 3s")
	}
	if c.Spacing < time.Second {
		report("backchannel.spacing", "is "+c.Spacing.String(), "set it to one second or more; 4s is natural")
	}
}

// A murmur falls into a short pause: a longer one may be the end of the turn.
const (
	murmurFrom = 160 * time.Millisecond
	murmurTo   = 400 * time.Millisecond
)

// murmur lets the robot say that it listens.
func (m *machine) murmur() {
	c := m.cfg.Backchannel
	if !c.On || m.Agent != Listening || m.Call != Live || m.Silence < murmurFrom || m.Silence > murmurTo {
		return
	}
	spoken := m.Voiced
	for _, f := range m.Fragments {
		spoken += f.Voiced
	}
	if spoken < c.MinSpeech || m.Murmurs > 0 && m.Now-m.MurmurAt < c.Spacing {
		return
	}
	switch wording.Judge(m.cfg.Language, m.said(), m.expected().Hints.Phrases) {
	case wording.Request, wording.Answer:
		return // the robot will answer that in a moment
	case wording.Unfinished:
		return // in the middle of a clause it would be rude
	}
	m.do(Murmur{Text: c.Phrases[m.Murmurs%len(c.Phrases)]})
	m.Murmurs++
	m.MurmurAt = m.Now
}
