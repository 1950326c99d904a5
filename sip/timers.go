package sip

import (
	"fmt"
	"time"
)

// Timers are the base values of RFC 3261 §17 (table 4); all others are
// multiples of them. They hold for the whole process.
type Timers struct {
	// T1 is the round-trip estimate, T2 the longest interval between
	// retransmissions, T4 how long a message can stay in the network.
	T1 time.Duration `yaml:"t1"`
	T2 time.Duration `yaml:"t2"`
	T4 time.Duration `yaml:"t4"`
}

// DefaultTimers returns the values of the RFC.
func DefaultTimers() Timers {
	return Timers{T1: 500 * time.Millisecond, T2: 4 * time.Second, T4: 5 * time.Second}
}

// giveUp is 64*T1: how long the far side of a transaction may stay silent.
func (t Timers) giveUp() time.Duration { return 64 * t.T1 }

// silence is 8*T1, four transmissions of an INVITE: how long an address may
// stay silent while there is another one to try.
func (t Timers) silence() time.Duration { return 8 * t.T1 }

// next is the interval after d between retransmissions: doubled, up to T2.
func (t Timers) next(d time.Duration) time.Duration { return min(2*d, t.T2) }

func (t Timers) validate(report func(key, problem, remedy string)) {
	if t.T1 < time.Millisecond {
		report("timers.t1", fmt.Sprintf("is %v", t.T1), "use 500ms")
	}
	if t.T2 < t.T1 {
		report("timers.t2", fmt.Sprintf("is %v, less than t1", t.T2), "use 4s")
	}
	if t.T4 < t.T1 {
		report("timers.t4", fmt.Sprintf("is %v, less than t1", t.T4), "use 5s")
	}
}
