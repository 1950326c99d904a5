package turn

import (
	"time"

	"parley/speech"
)

// Step returns the state after e at now, and what is to be done. now never
// falls from one call to the next. Time that has run out is dealt with first,
// so that a late Timer changes nothing.
func (c Config) Step(s State, e Event, now time.Duration) (State, []Effect) {
	m := machine{cfg: c, State: s}
	m.Fragments = append([]Fragment(nil), s.Fragments...)
	m.Failed = append([]int(nil), s.Failed...)
	m.Delays = append([]Delay(nil), s.Delays...)
	m.Ahead.Steps = append([]speech.Answer(nil), s.Ahead.Steps...)
	if now > m.Now {
		m.Now = now
	}
	if m.Call == Over {
		return m.State, nil
	}
	if m.Deadline != 0 && m.Now >= m.Deadline {
		m.expire()
	}
	if m.Call != Over {
		m.on(e)
	}
	m.Deadline = m.deadline()
	return m.State, m.effects
}

// machine is one Step under way.
type machine struct {
	cfg Config
	State
	effects []Effect
}

func (m *machine) do(e ...Effect) { m.effects = append(m.effects, e...) }

func (m *machine) note(kind, reason string) { m.do(Note{Kind: kind, Reason: reason}) }

func (m *machine) on(e Event) {
	switch e := e.(type) {
	case Begin:
		m.begin()
	case Frame:
		m.frame(e)
	case Digit:
		m.digit(e.Tone)
	case Heard:
		m.heard(e)
	case Answer:
		m.answer(e)
	case AnswerFailed:
		m.answerFailed(e)
	case LineStarted:
		m.lineStarted(e)
	case LineDone:
		m.lineDone(e.Epoch, e.Line)
	case LineFailed:
		m.lineFailed(e)
	case TransferAnswered:
		m.transferAnswered(e)
	case Transferred:
		m.transferred(e)
	case Timer:
	case Gone:
		m.gone()
	}
}

// begin starts the pause before the opening.
func (m *machine) begin() {
	if m.begun() {
		m.Stale++
		return
	}
	m.FrameAt, m.Progress = m.Now, m.Now
	m.Turn, m.Epoch = 0, 1
	if m.cfg.Pause == 0 {
		m.open()
	}
}

// begun: the epoch of the opening is 1, so 0 means that Begin is still due.
func (m *machine) begun() bool { return m.Epoch > 0 }

// open asks for the first answer.
func (m *machine) open() {
	m.Call = Live
	m.ask(speech.Input{Begin: true})
}

// finish ends the conversation from our side.
func (m *machine) finish(action, target, reason string) {
	m.release()
	m.Call = Over
	m.do(Finish{End: speech.End{Action: action, Target: target, Reason: reason}})
}

// gone ends it because the caller did.
func (m *machine) gone() {
	m.release()
	reason := "caller hung up"
	if m.Call == Away {
		reason = "the caller does not come back"
	}
	m.Call = Over
	m.note("call.gone", reason)
}

// release drops everything that is under way.
func (m *machine) release() {
	if m.Open {
		m.do(AbandonUtterance{m.Utterance})
		m.Open = false
	}
	m.dropAhead()
	if m.Agent == Thinking || m.Agent == Speaking {
		m.do(Cancel{Epoch: m.Epoch, Cut: m.Started})
		m.Epoch++
	}
}
