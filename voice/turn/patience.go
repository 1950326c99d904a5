package turn

import (
	"time"

	"parley/speech"
	"parley/voice/turn/wording"
)

// PatienceConfig scales the silence that ends the caller's turn by how what he
// has said ends (requirement V3): 1 is end_silence itself.
type PatienceConfig struct {
	Answer     float64 `yaml:"answer"`     // a whole answer: "yes", or what the flow expects
	Request    float64 `yaml:"request"`    // a whole question or wish
	Finished   float64 `yaml:"finished"`   // a whole sentence that tells something
	Unfinished float64 `yaml:"unfinished"` // "I would like to", "um"
	Dictating  float64 `yaml:"dictating"`  // digits and letters
}

// DefaultPatience was tuned on pauses within turns and after them.
func DefaultPatience() PatienceConfig {
	return PatienceConfig{Answer: 0.6, Request: 0.75, Finished: 1.1, Unfinished: 2.2, Dictating: 1.7}
}

func (c PatienceConfig) validate(report func(key, problem, remedy string)) {
	for key, f := range map[string]float64{
		"patience.answer": c.Answer, "patience.request": c.Request, "patience.finished": c.Finished, "patience.unfinished": c.Unfinished, "patience.dictating": c.Dictating,
	} {
		if f < 0.2 || f > 5 {
			report(key, "is no factor", "use 0.2 to 5; 1 is end_silence itself")
		}
	}
}

// endSilence is how long the caller may be silent now before his turn is over.
func (m *machine) endSilence() (d time.Duration, why string) {
	h := m.expected()
	d = m.cfg.EndSilence
	if h.EndSilence > 0 {
		d = h.EndSilence
	}
	p := m.cfg.Patience
	factor := 1.0
	ending := wording.Judge(m.cfg.Language, m.said(), h.Hints.Phrases)
	switch {
	case h.Slot == speech.SlotDictation && ending != wording.Unfinished:
		factor, why = p.Dictating, "dictation"
	case ending == wording.Answer:
		factor, why = p.Answer, "a whole answer"
	case ending == wording.Request:
		factor, why = p.Request, "a whole request"
	case ending == wording.Finished:
		factor, why = p.Finished, "a whole sentence"
	case ending == wording.Unfinished:
		factor, why = p.Unfinished, "an unfinished sentence"
	case ending == wording.Dictating:
		factor, why = p.Dictating, "dictation"
	}
	return (time.Duration(float64(d)*factor) / FrameTime) * FrameTime, why
}

// said is what the caller has said in this turn, as far as it is known.
func (m *machine) said() string {
	text := ""
	for _, f := range m.Fragments {
		text = join(text, f.Text)
	}
	if m.Open {
		text = join(text, m.Partial)
	}
	return text
}
