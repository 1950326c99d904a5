package turn

import "time"

// FillerConfig is what a caller hears who waits for an answer (requirement
// V16).
type FillerConfig struct {
	// After is how long he waits for it, and then again; 0: there is none.
	After time.Duration `yaml:"after"`
	Texts []string      `yaml:"texts"`
}

// DefaultFiller speaks after 2.5 s.
func DefaultFiller() FillerConfig {
	return FillerConfig{After: 2500 * time.Millisecond, Texts: []string{"One moment, please.", "I am still looking.", "It will not be long."}}
}

func (c FillerConfig) validate(report func(key, problem, remedy string)) {
	if c.After != 0 && c.After < time.Second {
		report("filler.after", "is "+c.After.String(), "set it to one second or more, or to 0s for no filler")
	}
	if c.After != 0 && len(c.Texts) == 0 {
		report("filler.texts", "is empty", "give phrases, or set filler.after to 0s")
	}
}

// fillAt is when the next filler is due, 0 if none is.
func (m *machine) fillAt() time.Duration {
	c := m.cfg.Filler
	if c.After == 0 || m.Fills >= len(c.Texts) || m.Own || !m.answersSpeech() {
		return 0
	}
	switch {
	case m.Agent == Thinking:
		return m.Since + time.Duration(m.Fills+1)*c.After
	case m.Agent == Speaking && m.Call == Live && m.Done == m.Lines && !m.complete():
		return max(m.Progress, m.Filled) + c.After
	}
	return 0
}

// fill says something while the answer is late.
func (m *machine) fill() {
	text := m.cfg.Filler.Texts[m.Fills]
	m.Fills++
	m.Filled = m.Now
	m.do(Fill{Epoch: m.Epoch, Text: text})
	m.note("filler", "no answer for "+(m.Now-m.Since).String())
}
