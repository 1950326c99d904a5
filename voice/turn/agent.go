package turn

import (
	"slices"

	"parley/speech"
)

// expected returns how to listen to speech that begins now: once an answer is
// audible, the way its own end asks for.
func (m *machine) expected() speech.Hearing {
	if m.Agent == Speaking && m.Listen != nil {
		return *m.Listen
	}
	return m.Hearing
}

// ask begins a new epoch for the answer to in.
func (m *machine) ask(in speech.Input) {
	if m.adopt(in) {
		return
	}
	m.dropAhead()
	m.dropAnswer()
	m.Agent = Thinking
	m.Progress, m.Since, m.Fills = m.Now, m.Now, 0
	m.Asked = in
	if !in.Begin && !m.Joined {
		m.Turn++
	}
	m.Digits = ""
	m.do(Ask{Epoch: m.Epoch, Turn: m.Turn, Input: in})
}

// dropAnswer forgets the present answer; whatever still comes of it is stale.
func (m *machine) dropAnswer() {
	m.Epoch++
	m.Asked, m.Own = speech.Input{}, false
	m.Lines, m.Done, m.Barrier, m.Started = 0, 0, 0, false
	m.Listen, m.End, m.Leave, m.Failed = nil, nil, nil, nil
	m.Closed, m.Delays, m.Firm = 0, nil, 0
	m.Floor, m.FloorAt, m.Doubted, m.Ignored = FloorFull, 0, false, false
}

// complete: it is known how the answer ends.
func (m *machine) complete() bool { return m.Listen != nil || m.End != nil || m.Leave != nil }

// sayOwn makes an answer of the machine's own, after which it listens as
// before.
func (m *machine) sayOwn(text string) {
	m.dropAhead()
	m.dropAnswer()
	m.abandon()
	m.User = Quiet
	m.Own = true
	m.Agent = Thinking
	m.Progress = m.Now
	h := m.Hearing
	m.Listen = &h
	m.Lines = 1
	m.do(Say{Epoch: m.Epoch, Line: 1, What: speech.Line{Text: text}})
}

// current reports whether an event belongs to the answer of this epoch, and
// counts it if it does not.
func (m *machine) current(epoch int) bool {
	if epoch == m.Epoch && (m.Agent == Thinking || m.Agent == Speaking) {
		return true
	}
	m.Stale++
	return false
}

func (m *machine) answer(a Answer) {
	if m.keepAhead(a.Epoch, &a.Answer, nil) || !m.current(a.Epoch) {
		return
	}
	if m.Own || m.complete() {
		m.Stale++ // words after the end
		return
	}
	m.Progress = m.Now
	switch {
	case a.Line != nil:
		m.Lines++
		if a.Line.Uninterruptible {
			m.Barrier = m.Lines
			if !a.Line.ByDigits {
				m.Closed = m.Lines
			}
		}
		if a.Line.InterruptibleAfter > 0 {
			m.Delays = append(m.Delays, Delay{m.Lines, a.Line.InterruptibleAfter})
		}
		m.do(Say{Epoch: m.Epoch, Line: m.Lines, What: *a.Line})
	case a.Listen != nil:
		m.Listen = a.Listen
	case a.End != nil:
		m.End = a.End
		if m.Started {
			m.closing()
		}
	case a.Transfer != nil:
		m.Leave = a.Transfer
		if m.Started {
			m.leaving()
		}
	}
	m.drained()
}

func (m *machine) answerFailed(a AnswerFailed) {
	if m.keepAhead(a.Epoch, nil, a.Err) || !m.current(a.Epoch) {
		return
	}
	if m.Own || m.complete() {
		m.Stale++
		return
	}
	m.note("answer.failed", errText(a.Err))
	if m.Lines > 0 {
		// Part of it is being spoken: let that be all of it.
		h := m.Hearing
		m.Listen = &h
		m.drained()
		return
	}
	m.do(Cancel{Epoch: m.Epoch})
	m.Fragments = nil
	m.apologise()
}

// apologise tells the caller that something failed, or gives up.
func (m *machine) apologise() {
	m.Joined, m.Interrupted = false, false
	m.Failures++
	if m.Failures >= m.cfg.MaxFailures {
		m.finish("hangup", "", "failed")
		return
	}
	m.sayOwn(m.cfg.Apology)
}

func (m *machine) lineStarted(l LineStarted) {
	if !m.current(l.Epoch) {
		return
	}
	m.Progress = m.Now
	for _, d := range m.Delays {
		if d.Line == l.Line {
			m.Firm = m.Now + d.After
		}
	}
	if m.Started {
		return
	}
	m.Agent = Speaking
	if !m.answersSpeech() {
		// A "hello?" before the first word does not interrupt it.
		m.Voiced, m.Clear, m.Hum = 0, 0, 0
	}
	m.commit()
	switch {
	case m.End != nil:
		m.closing()
	case m.Leave != nil:
		m.leaving()
	}
	m.weigh()
}

// commit makes the answer real: the caller hears it, and what it answers is
// settled.
func (m *machine) commit() {
	m.Started = true
	if m.Own {
		return
	}
	m.do(Commit{Epoch: m.Epoch})
	m.Fragments, m.Joined, m.Interrupted = nil, false, false
	m.Murmurs = 0
	m.Idle, m.Reminders, m.Failures = 0, 0, 0
}

// closing: the last answer is audible, nothing interrupts it any more.
func (m *machine) closing() {
	m.Call = Closing
	m.abandon()
	m.User = Quiet
}

func (m *machine) lineDone(epoch, line int) {
	if !m.current(epoch) {
		return
	}
	if line != m.Done+1 || line > m.Lines {
		m.Stale++
		return
	}
	m.Progress = m.Now
	m.Done = line
	for slices.Contains(m.Failed, m.Done+1) {
		m.Done++
	}
	m.drained()
}

// lineFailed passes over a line that cannot be spoken. The voice works ahead
// of the wire, so lines before it may still have to be played.
func (m *machine) lineFailed(l LineFailed) {
	if !m.current(l.Epoch) {
		return
	}
	if l.Line <= m.Done || l.Line > m.Lines || slices.Contains(m.Failed, l.Line) {
		m.Stale++
		return
	}
	m.note("tts.failed", errText(l.Err))
	m.Failures++
	switch {
	case m.Failures >= m.cfg.MaxFailures && m.Call != Away:
		m.finish("hangup", "", "failed")
	case l.Line == m.Done+1:
		m.lineDone(l.Epoch, l.Line)
	default:
		m.Failed = append(m.Failed, l.Line)
	}
}

// drained ends an answer whose last sample has been played.
func (m *machine) drained() {
	if m.Done < m.Lines || !m.complete() {
		return
	}
	if !m.Started {
		m.commit() // a silent answer is real at once
	}
	if m.End != nil {
		end := *m.End
		m.dropAnswer()
		m.Agent = Listening
		m.finish(end.Action, end.Target, end.Reason)
		return
	}
	if m.Leave != nil {
		m.leave()
		return
	}
	m.Hearing = *m.Listen
	m.dropAnswer()
	m.listen()
}

// listen gives the floor to the caller.
func (m *machine) listen() {
	m.Agent = Listening
	m.Idle = 0
	m.typeAhead()
}

func errText(err error) string {
	if err == nil {
		return "unknown error"
	}
	return err.Error()
}
