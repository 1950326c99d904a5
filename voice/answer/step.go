package answer

import "time"

// Step returns the state after e at now, and what that comes to. now never
// falls from one call to the next. It does not allocate, but for words and for a
// verdict.
func (c Config) Step(s State, e Event, now time.Duration) (State, Decision) {
	m := machine{cfg: c, State: s}
	m.Now = max(m.Now, now)
	if m.Phase == Over {
		return m.State, Decision{}
	}
	if m.Deadline != 0 && m.Now >= m.Deadline {
		m.expire()
	}
	if m.Phase != Over {
		m.on(e)
	}
	m.Deadline = m.deadline()
	return m.State, m.out
}

// machine is one Step under way.
type machine struct {
	cfg Config
	State
	out Decision
}

func (m *machine) on(e Event) {
	switch e := e.(type) {
	case Early:
		if m.Phase == Before {
			m.Phase, m.Since = Alerting, m.Now
		}
	case Answered:
		if !m.Answered {
			// What was heard so far was the network's, not the other party's.
			m.State = State{Phase: Open, Answered: true, Now: m.Now, Since: m.Now}
		}
	case Frame:
		m.frame(e)
	case Heard:
		m.heard(e)
	case Talked:
		m.Talked = m.Talked || m.Phase == Decided
	case Timer:
	}
}

// deadline returns when the present phase ends if nothing else happens.
func (m *machine) deadline() time.Duration {
	switch m.Phase {
	case Over:
		return 0
	case Before:
		return m.Now + m.cfg.MaxAlert
	case Alerting:
		return m.Since + m.cfg.MaxAlert
	case Open:
		return m.Since + m.cfg.Silence
	case Greeting:
		return m.Since + max(m.cfg.Deadline, m.cfg.Silence)
	}
	if !m.Ready {
		return m.Settled + m.longest()
	}
	return m.Settled + m.cfg.Watch
}

// expire does what is due when the deadline of a phase has passed.
func (m *machine) expire() {
	switch m.Phase {
	case Before, Alerting:
		m.Phase = Over
	case Open:
		m.decide(Silence, 0.9, "nobody has spoken since the answer")
	case Greeting:
		m.judge(true)
	case Decided:
		if !m.Ready {
			m.ready()
			m.Settled = m.Now
			return
		}
		m.Phase = Over
	}
}

// longest is how long one waits at most until we may speak.
func (m *machine) longest() time.Duration {
	switch m.Who {
	case Machine:
		return m.cfg.MaxGreeting
	case Human, Screening, Assistant:
		return min(m.cfg.MaxGreeting, mayTalk)
	}
	return FrameTime
}

// mayTalk is how long somebody may go on before we speak all the same.
const mayTalk = 12 * time.Second

// decide gives a verdict.
func (m *machine) decide(who Who, confidence float64, reasons string) {
	was := m.Who
	m.Phase, m.Who, m.Confidence, m.Settled = Decided, who, confidence, m.Now
	m.Ready, m.Firm = false, false
	m.out.New, m.out.Firm, m.out.Ready = true, false, false
	m.out.Verdict = Verdict{
		Who: who, Confidence: confidence, Reasons: reasons, Was: was, After: m.Now - m.Since,
		Evidence: Evidence{
			Voiced: m.Voiced, Silence: m.Silence, Pauses: m.Pauses, Longest: m.Longest, Syllables: m.Rhythm.Syllables,
			Phrases: m.cfg.phrases(&m.State), Tone: m.Tones.Past[0].Hz[0],
		},
	}
	switch who {
	case Beep, Silence, Fax, Network:
		m.ready()
	}
}

// firm takes how sure the verdict has become that stands.
func (m *machine) firm(confidence float64) {
	m.Confidence = confidence
	if confidence >= m.cfg.Sure && !m.Firm {
		m.Firm, m.out.Firm = true, true
	}
}

// ready says that we may speak.
func (m *machine) ready() {
	if !m.Ready {
		m.Ready, m.out.Ready = true, true
		m.out.Firm, m.Firm = m.out.Firm || !m.Firm, true
	}
}

// settle sees whether the line is free for what we have to say.
func (m *machine) settle() {
	if m.Phase != Decided || m.Ready {
		return
	}
	free := m.cfg.Settle
	switch {
	case m.Who == Machine:
		free = m.cfg.NoBeep
	case !m.Firm || m.Who != Human:
		free = 2 * m.cfg.Settle
	}
	if m.Silence >= free && !m.Tones.sounds() {
		m.ready()
	}
}
