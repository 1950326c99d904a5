package turn

import (
	"time"

	"parley/speech"
	"parley/voice/turn/wording"
)

// Ahead is an answer that is worked out before the caller's turn is over, on
// what he seems to have said (requirement V6). It becomes the answer only if
// the final text is the same; nothing of it is spoken before.
type Ahead struct {
	Epoch  int // 0: none
	Text   string
	Steps  []speech.Answer
	Failed bool
	Err    error
}

const (
	// aheadAfter is the silence, and the age of the text, from which it is worth
	// asking.
	aheadAfter = 240 * time.Millisecond
	// maxAhead bounds what is kept of such an answer.
	maxAhead = 64
)

// askAhead asks for the answer to what the caller has probably said.
func (m *machine) askAhead() {
	if !m.cfg.Speculate || m.Agent != Listening || m.Call != Live || !m.Open || m.Partial == "" || m.Silence < aheadAfter || m.Now-m.PartialAt < aheadAfter {
		return
	}
	text := m.said()
	if text == "" || text == m.Ahead.Text {
		return
	}
	switch wording.Judge(m.cfg.Language, text, m.expected().Hints.Phrases) {
	case wording.Unfinished, wording.Dictating:
		return // more will come
	}
	m.dropAhead()
	m.Epoch++
	m.Ahead = Ahead{Epoch: m.Epoch, Text: text}
	m.do(Ask{Epoch: m.Epoch, Turn: m.nextTurn(), Input: speech.Input{Text: text}, Ahead: true})
	m.note("turn.ahead", "asked already for "+quoted(text))
}

// nextTurn is the number of the turn that is being listened to.
func (m *machine) nextTurn() int {
	if m.Joined {
		return m.Turn
	}
	return m.Turn + 1
}

// dropAhead cancels it unheard.
func (m *machine) dropAhead() {
	if m.Ahead.Epoch != 0 {
		m.do(Cancel{Epoch: m.Ahead.Epoch})
		m.Ahead = Ahead{}
	}
}

// keepAhead holds a step of it back, and reports whether it was one.
func (m *machine) keepAhead(epoch int, step *speech.Answer, err error) bool {
	if epoch == 0 || epoch != m.Ahead.Epoch {
		return false
	}
	switch {
	case step == nil:
		m.Ahead.Failed, m.Ahead.Err = true, err
	case len(m.Ahead.Steps) < maxAhead:
		m.Ahead.Steps = append(m.Ahead.Steps, *step)
	default:
		m.dropAhead()
	}
	return true
}

// adopt makes it the answer to in, if it answers just that.
func (m *machine) adopt(in speech.Input) bool {
	a := m.Ahead
	if a.Epoch == 0 || a.Epoch != m.Epoch || in != (speech.Input{Text: a.Text}) {
		return false
	}
	m.Ahead = Ahead{}
	m.Turn = m.nextTurn()
	m.Agent, m.Progress, m.Asked, m.Since, m.Fills = Thinking, m.Now, in, m.Now, 0
	m.Digits = ""
	m.do(Adopt{Epoch: a.Epoch, Turn: m.Turn, Input: in})
	for _, step := range a.Steps {
		m.answer(Answer{Epoch: a.Epoch, Answer: step})
	}
	if a.Failed {
		m.answerFailed(AnswerFailed{Epoch: a.Epoch, Err: a.Err})
	}
	return true
}
