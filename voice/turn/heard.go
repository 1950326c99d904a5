package turn

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/speech"
)

// heard takes what the recogniser understood.
func (m *machine) heard(h Heard) {
	if !h.Final && h.Err == nil {
		if !m.Open || h.Utterance != m.Utterance {
			m.Stale++
			return
		}
		if h.Text != m.Partial {
			m.Partial, m.PartialAt = h.Text, m.Now
		}
		if m.Ahead.Epoch != 0 && m.said() != m.Ahead.Text {
			m.dropAhead() // he has said more
		}
		m.weigh()
		return
	}
	if m.Open && h.Utterance == m.Utterance {
		m.endedEarly(h)
		return
	}
	for i := range m.Fragments {
		f := &m.Fragments[i]
		if f.Utterance != h.Utterance || f.Final {
			continue
		}
		f.Final, f.Text, f.Err = true, h.Text, h.Err
		m.judged()
		m.afterthought()
		m.decide()
		return
	}
	m.Stale++
}

// endedEarly deals with a recogniser that ends an utterance by itself while
// the caller may still be talking: what it has is kept, and if there is more
// speech, reopen gives it to a new utterance.
func (m *machine) endedEarly(h Heard) {
	m.Fragments = append(m.Fragments, Fragment{
		Utterance: h.Utterance, Voiced: m.Voiced, Final: true, Text: h.Text, Err: h.Err,
	})
	m.Open = false
}

// reopen gives speech that goes on to a new utterance; but not after an
// error, lest a dead recogniser is asked fifty times a second.
func (m *machine) reopen() {
	if n := len(m.Fragments); n > 0 && m.Fragments[n-1].Err != nil {
		return
	}
	m.Voiced, m.Clear, m.Hum = FrameTime, 0, 0
	m.openUtterance(m.cfg.LookBack)
}

// afterthought: the robot has come to its end while it was awaited what a burst
// over its voice said. If that means something it is the caller's turn.
func (m *machine) afterthought() {
	if m.Agent != Listening || m.User != Quiet || m.Call != Live {
		return
	}
	for _, f := range m.Fragments {
		if !f.Final {
			return
		}
	}
	if text, _, _ := m.joined(); text == "" {
		m.Fragments = nil
		return
	}
	m.Agent, m.Progress = Hearing, m.Now
}

// decide asks for an answer once every fragment's text is known.
func (m *machine) decide() {
	if m.Agent != Hearing {
		return
	}
	for _, f := range m.Fragments {
		if !f.Final {
			return
		}
	}
	text, voiced, err := m.joined()
	switch {
	case text != "":
		m.ask(speech.Input{Text: text})
	case err != nil:
		m.dropAhead()
		m.note("asr.failed", err.Error())
		m.Fragments = nil
		m.apologise()
	case voiced < m.cfg.MinSpeech && !m.Interrupted:
		m.dropAhead()
		m.note("turn.noise", "no word in "+voiced.String()+" of sound")
		m.Fragments = nil
		m.listen()
	default:
		m.ask(speech.Input{})
	}
}

// joined returns the whole text of the turn, the speech it took, and an error
// if a fragment could not be understood.
func (m *machine) joined() (text string, voiced time.Duration, err error) {
	for _, f := range m.Fragments {
		voiced += f.Voiced
		if f.Err != nil {
			err = f.Err
		}
		text = join(text, strings.TrimSpace(f.Text))
	}
	return text, voiced, err
}

// join puts two pieces of a sentence together: with a space, unless the
// writing on either side of the border does without.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if spaceless(last) || spaceless(first) {
		return a + b
	}
	return a + " " + b
}

func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}
