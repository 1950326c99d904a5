package deepgram

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"parley/speech"
)

// Config of the service.
type Config struct {
	// URL is the service's address: wss://api.deepgram.com, one of its regions,
	// or a server of one's own. ws:// is for the same machine or network.
	URL string        `yaml:"url"`
	Key speech.Secret `yaml:"key"`
	// OptOut asks not to be used for training (mip_opt_out).
	OptOut         bool          `yaml:"opt_out"`
	ConnectTimeout time.Duration `yaml:"connect_timeout"`
	// WriteTimeout bounds one message; what cannot be sent in it means that the
	// connection is broken.
	WriteTimeout time.Duration `yaml:"write_timeout"`

	Listen ListenConfig `yaml:"listen"`
	Speak  SpeakConfig  `yaml:"speak"`
}

// ListenConfig is about recognition.
type ListenConfig struct {
	Model string `yaml:"model"`
	// Language replaces that of the call, for example multi; empty: the call's.
	Language string `yaml:"language"`
	// Numerals writes numbers as digits.
	Numerals bool `yaml:"numerals"`
	// Keyterms gives the phrases that are expected to the recogniser (nova-3).
	Keyterms bool `yaml:"keyterms"`
	// KeepAlive is how often an idle connection is kept open.
	KeepAlive time.Duration `yaml:"keep_alive"`
	// Replay is the audio kept for the case that the connection breaks.
	Replay time.Duration `yaml:"replay"`
	// Reconnects is how often one utterance may lose its connection.
	Reconnects int `yaml:"reconnects"`
}

// SpeakConfig is about synthesis.
type SpeakConfig struct {
	// Voices are the models to speak with, for a voice that names none: the
	// first whose end ("-en") is the language counts.
	Voices []string `yaml:"voices"`
	// Works is how many utterances are spoken at a time; one more is refused
	// with speech.ErrBusy.
	Works        int           `yaml:"works"`
	FirstTimeout time.Duration `yaml:"first_timeout"` // until the first audio
	GapTimeout   time.Duration `yaml:"gap_timeout"`   // between two pieces of it
	IdleTimeout  time.Duration `yaml:"idle_timeout"`  // a connection is kept for the next utterance
}

// Defaults are those of the public service; the key is missing.
func Defaults() Config {
	return Config{
		URL: "wss://api.deepgram.com", OptOut: true, ConnectTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second,
		Listen: ListenConfig{Model: "nova-3", Keyterms: true, KeepAlive: 4 * time.Second, Replay: 30 * time.Second, Reconnects: 2},
		Speak: SpeakConfig{
			Voices: []string{"aura-2-thalia-en", "aura-2-celeste-es"}, Works: 40,
			FirstTimeout: 4 * time.Second, GapTimeout: 3 * time.Second, IdleTimeout: 30 * time.Second,
		},
	}
}

// Validate reports settings that cannot work. A missing key is reported by
// those who use the service.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		report("url", "is no ws or wss address", "use wss://api.deepgram.com")
	} else if u.User != nil {
		report("url", "has a user or password in it", "give the key as key")
	}
	if c.Listen.Model == "" {
		report("listen.model", "is empty", "use nova-3")
	} else if strings.HasPrefix(c.Listen.Model, "flux") {
		report("listen.model", fmt.Sprintf("%q decides by itself when a turn ends, which is this program's work", c.Listen.Model), "use nova-3")
	}
	if k := c.Listen.KeepAlive; k < time.Second || k > 9*time.Second {
		report("listen.keep_alive", "is outside 1s to 9s; the service hangs up after 10s", "use 4s")
	}
	if r := c.Listen.Replay; r < time.Second || r > 2*time.Minute {
		report("listen.replay", "is outside 1s to 2m", "use 30s")
	}
	if c.Listen.Reconnects < 0 || c.Listen.Reconnects > 10 {
		report("listen.reconnects", "is outside 0 to 10", "use 2")
	}
	for i, v := range c.Speak.Voices {
		if !isVoice(v) {
			report(fmt.Sprintf("speak.voices[%d]", i), fmt.Sprintf("%q is no model of the service", v), "use for example aura-2-thalia-en")
		}
	}
	if c.Speak.Works < 1 || c.Speak.Works > 1000 {
		report("speak.works", "needs 1 to 1000 utterances", "use 40")
	}
	for _, t := range []struct {
		key   string
		value time.Duration
	}{
		{"connect_timeout", c.ConnectTimeout}, {"write_timeout", c.WriteTimeout},
		{"speak.first_timeout", c.Speak.FirstTimeout}, {"speak.gap_timeout", c.Speak.GapTimeout}, {"speak.idle_timeout", c.Speak.IdleTimeout},
	} {
		if t.value <= 0 {
			report(t.key, "is not above zero", "use a time such as 3s")
		}
	}
}

// check returns the first problem as an error.
func (c Config) check() (problem error) {
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("deepgram: %s %s; %s", key, what, remedy)
		}
	})
	return problem
}
