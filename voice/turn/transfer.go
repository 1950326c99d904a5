package turn

import "parley/speech"

// A transfer comes after an answer, as an end does. While the caller is away
// nothing that he does is for us, and no clock of his runs; what counts is only
// that the wire lives, as always.

// leaving: a line before a transfer is audible. Nothing interrupts it any
// more; if the transfer is to begin with it, that begins.
func (m *machine) leaving() {
	if m.Call == Away {
		return
	}
	m.closing()
	if m.Leave.AtOnce {
		m.send()
	}
}

// send gives the caller away.
func (m *machine) send() {
	m.abandon()
	m.Call, m.User = Away, Quiet
	m.Sent, m.Result = m.Epoch, nil
	m.do(Transfer{Epoch: m.Sent, What: *m.Leave})
}

// leave: all that was to be said before a transfer has been said.
func (m *machine) leave() {
	if m.Call != Away {
		m.send()
	}
	m.dropAnswer()
	m.Agent = Listening
	m.arrive()
}

// transferAnswered: the caller hears somebody else from now on.
func (m *machine) transferAnswered(a TransferAnswered) {
	if m.Call != Away || a.Epoch != m.Sent {
		m.Stale++
		return
	}
	if m.Agent == Speaking {
		m.do(Cancel{Epoch: m.Epoch, Cut: true})
		m.leave()
	}
}

// transferred: the caller comes back. What he is being told is told to its
// end.
func (m *machine) transferred(t Transferred) {
	if m.Call != Away || t.Epoch != m.Sent || m.Result != nil {
		m.Stale++
		return
	}
	m.Result = &t.Result
	if m.Agent == Listening {
		m.arrive()
	}
}

// arrive asks how to go on with a caller who is back.
func (m *machine) arrive() {
	if m.Result == nil {
		return
	}
	in := speech.Input{Transfer: m.Result}
	m.Result = nil
	m.Call = Live
	m.Typed, m.Gap = "", 0
	m.Idle, m.Reminders = 0, 0
	m.ask(in)
}

// answersSpeech: what is being answered was said or keyed. The opening and
// what follows a transfer answer nothing of the caller's.
func (m *machine) answersSpeech() bool { return !m.Asked.Begin && m.Asked.Transfer == nil }
