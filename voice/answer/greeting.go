package answer

import (
	"fmt"
	"strings"
)

const (
	// onset is the speech that is believed, inner the silence that is a pause,
	// again what follows it as speech.
	onset = 100 * ms
	inner = 200 * ms
	again = 160 * ms
	// whole is the speech that can be a whole greeting.
	whole = 800 * ms
)

// frame counts 20 ms of audio and judges what it means.
func (m *machine) frame(f Frame) {
	if m.Phase == Before || f.Gap {
		return // what the door made up says nothing
	}
	m.Tones.take(f.Hz)
	m.speech(f)
	switch {
	case m.Tones.special(), m.Tones.busy():
		if m.Who != Network && m.Voiced < 600*ms {
			m.decide(Network, 0.97, "the network's tone")
		}
		return
	case m.Tones.fax():
		if m.Who != Fax {
			m.decide(Fax, 0.98, "the tone of a fax machine or a modem")
		}
		return
	case m.Phase == Alerting:
		return // whoever speaks before the answer is not whom we called
	case m.Tones.beep(m.cfg) && m.recorded():
		m.decide(Beep, 0.97, "a tone after the greeting: it records now")
		return
	}
	m.judge(false)
	m.settle()
}

// recorded says whether a beep would be the end of a greeting: not of a "hello"
// in a kitchen.
func (m *machine) recorded() bool {
	if m.Who == Beep || m.Voiced < 600*ms || m.Talked && m.Who != Machine {
		return false
	}
	return m.Who != Human || m.Voiced >= 1500*ms || m.cfg.weigh(&m.State)[byWords] > 0
}

// speech counts the greeting.
func (m *machine) speech(f Frame) {
	speech := f.Speech && !m.Tones.sounds()
	if m.Talked {
		if m.Silence += FrameTime; speech {
			m.Silence = 0
		}
		return
	}
	if speech || f.Fading {
		m.Rhythm.take(f.Level)
	}
	switch {
	case speech && m.Voiced == 0:
		if m.Onset += FrameTime; m.Onset >= onset {
			m.Voiced, m.Onset, m.Back = onset, 0, onset
			if m.Phase == Open {
				m.Phase = Greeting
			}
		}
	case m.Voiced == 0:
		m.Onset = max(m.Onset-FrameTime, 0)
	case speech:
		m.Onset += FrameTime
		m.Voiced += FrameTime
		m.Back += FrameTime
		if m.Silence < inner || m.Onset >= again {
			if m.Silence >= inner {
				m.Pauses++
				m.Longest = max(m.Longest, m.Silence)
				if m.Voiced-m.Onset >= whole {
					m.Resumed++
				}
				m.Back = m.Onset
			}
			m.Silence, m.Onset = 0, 0
			return
		}
		m.Silence += FrameTime // a noise within a pause, so far
	default:
		m.Onset = max(m.Onset-2*FrameTime, 0)
		if m.Silence > 0 || !f.Fading {
			m.Silence += FrameTime
		}
	}
}

// judge decides if the evidence is enough.
func (m *machine) judge(last bool) {
	if m.Phase != Greeting && m.Phase != Decided || m.Talked || m.Who == Beep || m.Who == Fax || m.Who == Network {
		return
	}
	w := m.cfg.weigh(&m.State)
	p := w.confidence()
	need := m.cfg.Sure
	switch {
	case last:
		need = 0.5
	case m.Phase == Decided && m.Firm:
		need = m.cfg.Sure // to correct what was sure takes as much
	case m.Now-m.Since >= m.cfg.DecideBy:
		need = m.cfg.Lean
	}
	switch {
	case p >= need && (w.kindsFor(1) > 1 || w[byWords] >= 3 || last):
		if who := m.cfg.kind(&m.State); m.Who != who {
			m.decide(who, p, m.cfg.reasons(&m.State, w))
		}
		m.firm(p)
	case 1-p >= need && (w.kindsFor(-1) > 1 || w[byWords] <= -0.8 || w[byWaiting] <= -1 || last):
		if m.Who != Human {
			m.decide(Human, 1-p, m.cfg.reasons(&m.State, w))
		}
		m.firm(1 - p)
	}
}

// heard takes what was understood of an utterance.
func (m *machine) heard(h Heard) {
	if m.Phase == Before || m.Phase == Alerting {
		found, _, _ := of(m.cfg.Language).find(h.Text)
		m.Said.merge(found)
		w := m.cfg.weigh(&m.State)
		if m.Phase == Alerting && w[byWords] >= 4 && m.Who == Unknown {
			m.decide(Network, w.confidence(), m.cfg.reasons(&m.State, w))
		}
		return
	}
	found, words, digits := of(m.cfg.Language).find(h.Text)
	if m.Talked {
		m.overheard(found)
		return
	}
	m.Said.merge(found)
	m.Digits = max(m.Digits, digits)
	m.Words += words - m.Partial
	m.Partial = words
	if h.Final {
		m.Partial = 0
	}
	if words > 0 && m.Phase == Open {
		m.Phase = Greeting
	}
	m.judge(false)
	m.settle()
}

// plainest is the weight of a phrase that hardly anybody but a machine says; in a
// conversation it takes two of them in one utterance.
const plainest = 5

// overheard corrects a verdict by what is said while we talk with somebody: a
// machine that was taken for a person repeats itself.
func (m *machine) overheard(found phraseSet) {
	if m.Who != Human && m.Who != Silence {
		return
	}
	n := 0
	for i, p := range of(m.cfg.Language).phrases {
		if found.has(i) && p.weight >= plainest {
			n++
		}
	}
	if n > 1 {
		m.Said = found
		m.decide(m.cfg.kind(&m.State), 0.97, fmt.Sprintf(`said "%s" in the conversation`, strings.Join(m.cfg.phrases(&m.State), `", "`)))
		m.firm(m.cfg.Sure)
	}
}

func (s *phraseSet) merge(o phraseSet) {
	for i := range s {
		s[i] |= o[i]
	}
}
