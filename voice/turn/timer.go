package turn

import (
	"errors"
	"time"
)

var (
	errAnswerTimeout = errors.New("no answer in time")
	errFinalTimeout  = errors.New("no final text in time")
)

// deadline returns when the present state ends if nothing else happens.
func (m *machine) deadline() time.Duration {
	ends := m.ends()
	if at := m.fillAt(); at != 0 && at < ends {
		return at
	}
	return ends
}

// ends is when the present state ends by time.
func (m *machine) ends() time.Duration {
	silent := m.FrameAt + m.cfg.MaxGap // no audio at all, not even made-up
	switch {
	case m.Call == Over:
		return 0
	case m.Call == Opening && !m.begun():
		return m.Now + m.cfg.MaxGap
	case m.Call == Opening:
		return m.Progress + m.cfg.Pause
	case m.Agent == Hearing:
		return m.Progress + m.cfg.FinalTimeout
	case m.Agent == Thinking:
		return m.Progress + m.cfg.AnswerTimeout
	case m.Agent == Speaking && m.Floor != FloorFull:
		return min(m.FloorAt+heldFor, m.Progress+m.cfg.PlayTimeout)
	case m.Agent == Speaking:
		return m.Progress + m.cfg.PlayTimeout
	case m.User == Keying:
		return m.digitDeadline()
	}
	return silent
}

// expire does what is due when the deadline of a state has passed.
func (m *machine) expire() {
	if at := m.fillAt(); at != 0 && m.Now >= at && m.Now < m.ends() {
		m.fill()
		return
	}
	switch {
	case m.Call == Opening && !m.begun():
		m.finish("hangup", "", "never began")
	case m.Call == Opening:
		m.open()
	case m.Agent == Hearing:
		for i := range m.Fragments {
			if !m.Fragments[i].Final {
				m.Fragments[i].Final, m.Fragments[i].Err = true, errFinalTimeout
			}
		}
		m.decide()
	case m.Agent == Thinking:
		m.overdue()
	case m.Agent == Speaking && m.Floor != FloorFull && m.Now >= m.FloorAt+heldFor:
		m.level(FloorFull, "undecided for too long")
		m.Ignored = true
	case m.Agent == Speaking:
		m.stuck()
	case m.User == Keying:
		m.keyed("pause")
	default:
		m.finish("hangup", "", "no audio")
	}
}

// overdue: nothing of the answer has become audible in time.
func (m *machine) overdue() {
	if m.Leave != nil {
		m.commit() // the caller goes, whether he hears of it or not
	}
	m.do(Cancel{Epoch: m.Epoch})
	m.note("answer.failed", errAnswerTimeout.Error())
	m.Fragments = nil
	switch {
	case m.End != nil:
		m.finish(m.End.Action, m.End.Target, m.End.Reason)
	case m.Leave != nil:
		m.leave()
	default:
		m.apologise()
	}
}

// stuck: an answer is audible and does not come to its end.
func (m *machine) stuck() {
	switch {
	case m.End != nil:
		m.finish(m.End.Action, m.End.Target, m.End.Reason)
		return
	case m.Leave != nil:
		m.do(Cancel{Epoch: m.Epoch, Cut: true})
		m.leave()
		return
	}
	m.Failures++
	if m.Failures >= m.cfg.MaxFailures {
		m.finish("hangup", "", "failed")
		return
	}
	m.cut("the answer does not end")
	m.Interrupted = false
	m.listen()
}

// noResponse reminds a silent caller, and in the end hangs up
// (requirement V9).
func (m *machine) noResponse() {
	n := m.cfg.NoResponse
	switch {
	case m.Reminders < n.Times && m.Idle >= n.After:
		m.Reminders++
		m.note("noresponse.reminder", "silent for "+m.Idle.String())
		m.sayOwn(n.Text)
	case m.Reminders >= n.Times && m.Idle >= n.Hangup:
		m.finish("hangup", "", "no-response")
	}
}
