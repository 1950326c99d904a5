package turn

import (
	"strings"
	"time"

	"parley/speech"
)

// maxDigits bounds what is collected and what is kept for later.
const maxDigits = 32

// DigitIgnored is the kind of the Note on a digit that nobody waits for.
const DigitIgnored = "digit.ignored"

// digitGap completes digits when speech.DigitCollect names no gap.
const digitGap = 3 * time.Second

// digit takes a keyed digit (requirement V15): it may interrupt the robot,
// and it beats speech.
func (m *machine) digit(tone byte) {
	if m.Call == Closing || m.Call == Away {
		return
	}
	switch {
	case m.Call == Opening || m.Agent == Thinking:
		m.keep(tone)
	case m.Agent == Speaking && (m.Listen == nil || m.Done < m.Barrier):
		m.keep(tone)
	case m.Agent == Speaking && m.Listen.Digits != nil:
		m.cut("digit " + string(tone))
		m.key(tone)
	case m.Agent == Speaking || m.Hearing.Digits == nil:
		m.note(DigitIgnored, "digit "+string(tone)+" is not expected here")
	default:
		m.key(tone)
	}
}

// keep holds a digit until somebody listens for digits.
func (m *machine) keep(tone byte) {
	if len(m.Typed) < maxDigits {
		m.Typed += string(tone)
	}
}

// typeAhead uses the digits that were kept, if digits are listened for now.
func (m *machine) typeAhead() {
	typed := m.Typed
	m.Typed = ""
	if m.Hearing.Digits == nil {
		return
	}
	for i := 0; i < len(typed) && m.Agent == Listening; i++ {
		m.key(typed[i])
	}
}

// key adds a digit to those being collected.
func (m *machine) key(tone byte) {
	m.abandon()
	m.Fragments = nil
	m.Agent = Listening
	m.User = Keying
	m.KeyedAt = m.Now
	want := m.Hearing.Digits
	if want.End != 0 && tone == want.End {
		m.keyed("end key")
		return
	}
	m.Digits += string(tone)
	if max := digitLimit(want); len(m.Digits) >= max {
		m.keyed("all digits")
	}
}

func digitLimit(want *speech.DigitCollect) int {
	if want.Max > 0 && want.Max < maxDigits {
		return want.Max
	}
	return maxDigits
}

func (m *machine) digitDeadline() time.Duration {
	gap := digitGap
	if m.Hearing.Digits != nil && m.Hearing.Digits.Gap > 0 {
		gap = m.Hearing.Digits.Gap
	}
	return m.KeyedAt + gap
}

// keyed completes the digits.
func (m *machine) keyed(reason string) {
	digits := strings.Clone(m.Digits)
	m.Digits = ""
	m.User = Quiet
	m.note("digits.end", digits+", "+reason)
	m.ask(speech.Input{Digits: digits})
}
