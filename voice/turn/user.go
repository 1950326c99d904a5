package turn

import (
	"strings"
	"time"
)

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
		m.Voiced, m.Clear, m.Hum, m.Silence, m.Spoken = 0, 0, 0, 0, 0
		m.Doubted, m.Ignored = false, false
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
	switch {
	case f.Voice == Clear && f.Hum:
		m.Hum += FrameTime
	case f.Voice == Clear:
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
	m.weigh()
}

func (m *machine) openUtterance(lookBack time.Duration) {
	m.Utterance++
	m.Open, m.Partial = true, ""
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
	if m.weigh() {
		return
	}
	m.consider()
	m.murmur()
	m.askAhead()
	patience, why := m.patience()
	switch {
	case m.Silence >= patience:
		m.endOfTurn(strings.TrimSuffix("silence of "+m.Silence.String()+" after "+why, " after "))
	case m.Spoken >= m.cfg.MaxUtterance:
		m.endOfTurn("longest utterance reached")
	}
}

// patience is the silence that ends what the caller is saying; over the
// robot's voice it only ends a burst.
func (m *machine) patience() (time.Duration, string) {
	if m.Agent == Speaking {
		return m.cfg.Floor.ResumeAfter, ""
	}
	return m.endSilence()
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
		// It was not enough to interrupt, and the robot has the floor. A text
		// that is still awaited may yet take it.
		m.abandon()
		m.level(FloorFull, "it wants no answer")
		if len(m.Fragments) == 0 || m.Agent == Thinking {
			m.note("turn.ignored", "the caller spoke briefly while the robot had the floor")
		}
		return
	case m.expected().NoSpeech:
		m.abandon()
		m.note("turn.ignored", "only digits are expected here")
		return
	}
	m.note("turn.end", reason)
	m.stopUtterance()
	m.Agent = Hearing
	m.Progress = m.Now
	m.decide() // the recogniser may have ended every utterance by itself
}

// stopUtterance asks for the final text of the open utterance.
func (m *machine) stopUtterance() {
	if m.Open {
		m.Fragments = append(m.Fragments, Fragment{Utterance: m.Utterance, Voiced: m.Voiced})
		m.Open = false
		m.do(StopUtterance{m.Utterance})
	}
}

func (m *machine) abandon() {
	if m.Open {
		m.do(AbandonUtterance{m.Utterance})
		m.Open = false
	}
}
