package turn

import "time"

// frame counts 20 ms of the caller's audio and judges what it means for the
// floor.
func (m *machine) frame(f Frame) {
	m.FrameAt = m.Now
	if m.Call != Live && m.Call != Closing || !m.begun() {
		return
	}
	if f.Gap && !m.gapCounts() {
		return
	}
	if !f.Gap {
		m.Gap = 0
	}
	switch m.User {
	case Quiet:
		m.quiet(f)
	case Onset:
		m.onset(f)
	case Talking, Pausing:
		m.talking(f)
	case Keying:
		// Tones in the audio would look like speech; digits have the floor.
	}
}

// gapCounts says whether made-up audio may be taken for silence: only when it
// has lasted so long that waiting for the caller makes no sense.
func (m *machine) gapCounts() bool {
	m.Gap += FrameTime
	return m.Gap > m.cfg.MaxGap
}

func (m *machine) quiet(f Frame) {
	if f.Voice >= Likely && m.speechWanted() {
		m.User = Onset
		m.Voiced, m.Clear, m.Silence, m.Spoken = 0, 0, 0, 0
		m.onset(f)
		return
	}
	if m.Agent == Listening {
		m.Idle += FrameTime
		m.noResponse()
	}
}

// speechWanted: during a last line, or where only digits count, nobody
// listens.
func (m *machine) speechWanted() bool {
	return m.Call == Live && !m.expected().NoSpeech
}

func (m *machine) onset(f Frame) {
	m.count(f)
	switch {
	case m.Voiced >= m.cfg.OnsetSpeech:
		m.speechBegins()
	case m.Silence >= m.cfg.OnsetSilence:
		m.User = Quiet
	}
}

// count adds a frame to the utterance. A fading one is both: speech if more
// follows, and else the first of the silence, which is so counted from the
// last voiced sample and not from where the detector was sure of it.
func (m *machine) count(f Frame) {
	m.Spoken += FrameTime
	if f.Voice >= Likely {
		m.Silence = 0
	} else {
		m.Silence += FrameTime
	}
	if f.Voice != Silent {
		m.Voiced += FrameTime
	}
	if f.Voice == Clear {
		m.Clear += FrameTime
	}
}

// speechBegins opens an utterance. What it means for the robot depends on
// what the robot is doing.
func (m *machine) speechBegins() {
	m.User = Talking
	switch m.Agent {
	case Hearing:
		m.Agent = Listening
		m.note("turn.resumed", "the caller went on before the text was final")
	case Thinking:
		if m.answersSpeech() {
			m.takeBack()
		}
	}
	m.openUtterance(m.cfg.LookBack + m.Spoken)
	m.bargeIn()
}

func (m *machine) openUtterance(lookBack time.Duration) {
	m.Utterance++
	m.Open = true
	m.do(StartUtterance{Utterance: m.Utterance, LookBack: lookBack, Hints: m.expected().Hints})
}

// takeBack cancels an answer that nobody has heard, because the caller says
// more (requirement V6).
func (m *machine) takeBack() {
	m.do(Cancel{Epoch: m.Epoch})
	m.dropAnswer()
	m.Agent = Listening
	if m.cfg.Accumulate {
		m.Joined = len(m.Fragments) > 0
		m.note("turn.joined", "the caller went on before the answer was audible")
		return
	}
	m.Fragments, m.Joined = nil, false
	m.note("turn.replaced", "the caller spoke before the answer was audible")
}

func (m *machine) talking(f Frame) {
	m.count(f)
	m.User = Talking
	if m.Silence >= m.cfg.OnsetSilence {
		m.User = Pausing
	}
	if !m.Open && f.Voice >= Likely {
		m.reopen()
	}
	if m.bargeIn() {
		return
	}
	switch {
	case m.Silence >= m.endSilence():
		m.endOfTurn("silence of " + m.Silence.String())
	case m.Spoken >= m.cfg.MaxUtterance:
		m.endOfTurn("longest utterance reached")
	}
}

func (m *machine) endSilence() time.Duration {
	if d := m.expected().EndSilence; d > 0 {
		return d
	}
	return m.cfg.EndSilence
}

// bargeIn takes the floor from the robot when the evidence suffices
// (requirement V4).
func (m *machine) bargeIn() bool {
	speaks := m.User == Talking || m.User == Pausing
	if !speaks || m.Agent != Speaking || m.Call != Live || m.Done < m.Barrier || m.expected().NoSpeech {
		return false
	}
	switch {
	case m.Clear >= m.cfg.ClearBargeIn:
		m.cut("clear speech for " + m.Clear.String())
	case m.Voiced >= m.cfg.BargeIn:
		m.cut("speech for " + m.Voiced.String())
	case m.evidence() >= 1:
		m.cut("speech for " + m.Voiced.String() + ", clear for " + m.Clear.String())
	default:
		return false
	}
	return true
}

// evidence is how much of what it takes to interrupt has been heard: clear
// frames and others each count for their part, so that a word which begins
// with a hiss is not waited for as if it were nothing but hiss.
func (m *machine) evidence() float64 {
	return float64(m.Clear)/float64(m.cfg.ClearBargeIn) + float64(m.Voiced-m.Clear)/float64(m.cfg.BargeIn)
}

// cut silences an answer that is being heard; the floor is the caller's.
func (m *machine) cut(reason string) {
	m.do(Cancel{Epoch: m.Epoch, Cut: true})
	m.note("turn.cut", reason)
	if m.Listen != nil {
		m.Hearing = *m.Listen
	}
	m.dropAnswer()
	m.Agent = Listening
	m.Interrupted = true
	m.Idle, m.Reminders = 0, 0
}

// endOfTurn gives the floor to the robot.
func (m *machine) endOfTurn(reason string) {
	m.User = Quiet
	switch {
	case m.Agent == Speaking, m.Agent == Thinking:
		// It was not enough to interrupt, and the robot has the floor.
		m.abandon()
		m.note("turn.ignored", "the caller spoke briefly while the robot had the floor")
		return
	case m.expected().NoSpeech:
		m.abandon()
		m.note("turn.ignored", "only digits are expected here")
		return
	}
	m.note("turn.end", reason)
	if m.Open {
		m.Fragments = append(m.Fragments, Fragment{Utterance: m.Utterance, Voiced: m.Voiced})
		m.Open = false
		m.do(StopUtterance{m.Utterance})
	}
	m.Agent = Hearing
	m.Progress = m.Now
	m.decide() // the recogniser may have ended every utterance by itself
}

func (m *machine) abandon() {
	if m.Open {
		m.do(AbandonUtterance{m.Utterance})
		m.Open = false
	}
}
