package voice

import (
	"parley/media/apm"
	"parley/media/vad"
	"parley/voice/answer"
	"parley/voice/turn"
)

// Config is how a robot listens and speaks.
type Config struct {
	Language string  `yaml:"language"`
	Voice    string  `yaml:"voice"`
	Speed    float64 `yaml:"speed"`

	Noise apm.Config  `yaml:"noise"`
	VAD   vad.Config  `yaml:"vad"`
	Turn  turn.Config `yaml:"turn"`

	Answer answer.Config `yaml:"answer"`
}

// Defaults returns the configuration of an agent that declares none.
func Defaults() Config {
	return Config{
		Language: "en-US",
		Speed:    1,
		Noise:    apm.Defaults(),
		VAD:      vad.Defaults(),
		Turn:     turn.Defaults(),
		Answer:   answer.Defaults(),
	}
}

// Validate reports every value that a session could not work with.
func (c Config) Validate(report func(key, problem, remedy string)) {
	under := func(prefix string) func(string, string, string) {
		return func(key, problem, remedy string) { report(prefix+"."+key, problem, remedy) }
	}
	if c.Language == "" {
		report("language", "is empty", "use a BCP 47 tag such as en-US")
	}
	if c.Speed < 0.5 || c.Speed > 2 {
		report("speed", "is out of range", "use 0.5 to 2.0; 1.0 is normal")
	}
	c.Noise.Validate(under("noise"))
	c.VAD.Validate(under("vad"))
	c.Turn.Validate(under("turn"))
	c.Answer.Validate(under("answer"))
}
