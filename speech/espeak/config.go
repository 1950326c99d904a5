package espeak

import "time"

// Config of the synthesizer.
type Config struct {
	// Program is the name or path of espeak-ng.
	Program string `yaml:"program"`
	// Works is how many utterances are spoken at a time; one more is refused
	// with speech.ErrBusy.
	Works int `yaml:"works"`
	// Nice is added to the program's niceness: 0 to 19.
	Nice int `yaml:"nice"`
	// SentenceTimeout bounds the work on one sentence.
	SentenceTimeout time.Duration `yaml:"sentence_timeout"`
}

// Defaults speak to 32 callers at once.
func Defaults() Config {
	return Config{Program: "espeak-ng", Works: 32, Nice: 5, SentenceTimeout: 10 * time.Second}
}

// Validate reports settings that cannot work.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Program == "" {
		report("program", "is empty", "use espeak-ng")
	}
	if c.Works < 1 || c.Works > 1000 {
		report("works", "needs 1 to 1000 utterances", "use 32")
	}
	if c.Nice < 0 || c.Nice > 19 {
		report("nice", "is outside 0 to 19", "use 5")
	}
	if c.SentenceTimeout <= 0 {
		report("sentence_timeout", "is not above zero", "use 10s")
	}
}
