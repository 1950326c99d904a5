package registration

import "time"

// State of a registration. Every state but the first and the last has a
// timer.
type State uint8

const (
	Unregistered State = iota // nothing has been tried
	Trying                    // the first REGISTER is on its way
	Registered                // until it is time to refresh
	Refreshing                // still registered, another REGISTER is on its way
	BackingOff                // it did not work; waiting
	Leaving                   // a REGISTER with Expires 0 is on its way
	Stopped
)

func (s State) String() string {
	return [...]string{"unregistered", "trying", "registered", "refreshing", "backing-off", "leaving", "stopped"}[min(s, Stopped)]
}

// Config says how a machine behaves.
type Config struct {
	// Registrars is how many there are to try one after the other.
	Registrars int
	// Expires is asked for.
	Expires time.Duration
	// BackoffMin is waited after the first round of failures, then twice as
	// long, up to BackoffMax.
	BackoffMin, BackoffMax time.Duration
}

// Patience is how long a machine waits for an Accepted or a Failed. The shell
// gives up on an answer much earlier, and says so.
const Patience = 40 * time.Second

// leaveWithin is how long the answer to the last REGISTER is waited for.
const leaveWithin = 2 * time.Second

// Machine is one registration. Its zero value is of no use; see New.
type Machine struct {
	cfg      Config
	state    State
	at       int // registrar
	failed   int // registrars in a row that did not work
	rounds   int // rounds of failures in a row
	expires  time.Duration
	until    time.Time // our contact is known until then
	problem  *Problem
	timer    time.Time // when the state ends
	attempts int       // raises of Expires within one REGISTER
}

// New returns a machine in state Unregistered.
func New(cfg Config) Machine { return Machine{cfg: cfg, expires: cfg.Expires} }

// State returns the machine's state.
func (m Machine) State() State { return m.state }

// Registrar is the one that is spoken to, counted from 0.
func (m Machine) Registrar() int { return m.at }

// Until is when the registrar forgets us; zero if it does not know us.
func (m Machine) Until() time.Time { return m.until }

// Problem is what went wrong last, nil if all is well.
func (m Machine) Problem() *Problem { return m.problem }

// Timer is when Step is to get a Timeout; zero: never.
func (m Machine) Timer() time.Time { return m.timer }

// Reachable tells whether calls can come in at now.
func (m Machine) Reachable(now time.Time) bool { return now.Before(m.until) }

// Send is what a step wants to be sent: a REGISTER to a registrar. The
// answer comes back as an Accepted or a Failed.
type Send struct {
	Registrar int
	Expires   time.Duration
}

// Event is Start, Timeout, Stop, Accepted or Failed.
type Event interface{ event() }

type (
	// Start begins.
	Start struct{}
	// Timeout: the time that Timer told has come.
	Timeout struct{}
	// Stop ends the registration.
	Stop struct{}
	// Accepted: a 200 that keeps our contact for Expires.
	Accepted struct{ Expires time.Duration }
	// Failed: anything else.
	Failed struct {
		Problem
		// MinExpires comes with a 423.
		MinExpires time.Duration
		// RetryAfter is what the registrar wants us to wait.
		RetryAfter time.Duration
		// Final failures are not mended by trying soon: a wrong password.
		Final bool
	}
)

func (Start) event()    {}
func (Timeout) event()  {}
func (Stop) event()     {}
func (Accepted) event() {}
func (Failed) event()   {}

// Step returns the machine after e and what is to be sent, nil for nothing.
// chance is a random number from 0 to 1.
func (m Machine) Step(e Event, now time.Time, chance float64) (Machine, *Send) {
	if m.state == Stopped {
		return m, nil
	}
	switch e := e.(type) {
	case Stop:
		return m.stop(now)
	case Start:
		if m.state == Unregistered {
			return m.send(now)
		}
	case Timeout:
		if m.timer.IsZero() || now.Before(m.timer) {
			return m, nil
		}
		switch m.state {
		case Trying, Refreshing:
			return m.fail(Failed{Problem: Problem{Step: StepAnswer, Text: "no answer"}}, now, chance)
		case Registered, BackingOff:
			return m.send(now)
		case Leaving:
			m.end()
		}
	case Accepted:
		switch m.state {
		case Trying, Refreshing:
			return m.accept(e, now, chance), nil
		case Leaving:
			m.end()
		}
	case Failed:
		switch m.state {
		case Trying, Refreshing:
			return m.fail(e, now, chance)
		case Leaving:
			m.end()
		}
	}
	return m, nil
}

func (m *Machine) end() { m.state, m.timer, m.until = Stopped, time.Time{}, time.Time{} }

func (m Machine) send(now time.Time) (Machine, *Send) {
	m.state = Trying
	if m.Reachable(now) {
		m.state = Refreshing
	}
	m.timer = now.Add(Patience)
	return m, &Send{m.at, m.expires}
}

func (m Machine) stop(now time.Time) (Machine, *Send) {
	if m.state == Leaving {
		return m, nil
	}
	if !m.Reachable(now) && m.state != Trying { // a REGISTER on its way may yet arrive
		m.end()
		return m, nil
	}
	m.state, m.timer = Leaving, now.Add(leaveWithin)
	return m, &Send{m.at, 0}
}

// longest bounds what a registrar may make us wait or ask us for.
const longest = 24 * time.Hour

func (m Machine) accept(a Accepted, now time.Time, chance float64) Machine {
	life := min(a.Expires, longest)
	m.state, m.problem = Registered, nil
	m.failed, m.rounds, m.attempts = 0, 0, 0
	m.until = now.Add(life)
	// Not all at the same moment, and in time for another try: after 75 to
	// 85 % of a long life, half of a short one.
	wait := time.Duration(float64(life) * (0.75 + 0.1*chance))
	if life < time.Minute {
		wait = life / 2
	}
	m.timer = now.Add(max(wait, time.Second))
	return m
}

// fail tries the next registrar, or waits when all have been tried.
func (m Machine) fail(f Failed, now time.Time, chance float64) (Machine, *Send) {
	if f.MinExpires > m.expires && f.MinExpires <= longest && m.attempts < 2 { // §10.2.8
		m.expires = f.MinExpires
		m.attempts++
		return m.send(now)
	}
	m.attempts = 0
	p := f.Problem
	m.problem = &p
	m.failed++
	m.at = (m.at + 1) % max(m.cfg.Registrars, 1)
	if m.failed < m.cfg.Registrars {
		return m.send(now)
	}
	m.failed = 0
	wait := m.backoff(f, chance)
	m.rounds++
	m.state, m.timer = BackingOff, now.Add(wait)
	if !m.Reachable(now) {
		m.until = time.Time{}
	}
	return m, nil
}

func (m Machine) backoff(f Failed, chance float64) time.Duration {
	wait := m.cfg.BackoffMax
	if !f.Final {
		wait = min(m.cfg.BackoffMin<<min(m.rounds, 20), m.cfg.BackoffMax)
		if wait <= 0 {
			wait = m.cfg.BackoffMax
		}
	}
	wait = time.Duration(float64(wait) * (0.75 + 0.5*chance))
	return max(wait, min(f.RetryAfter, longest))
}
