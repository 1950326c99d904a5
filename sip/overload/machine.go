package overload

import "time"

// Every is the time between two samples.
const Every = 250 * time.Millisecond

// Sample is what has been measured since the last one.
type Sample struct {
	// Delay is how long decisions about INVITEs have taken.
	Delay time.Duration
	// CPU is the part of all cores that the process has used.
	CPU float64
}

const (
	// calm is the load, as a part of the limit, below which more calls are
	// taken again; between calm and 1 nothing changes.
	calm = 0.8
	// smooth is the weight of a new sample.
	smooth = 0.5
	// least is the share that is always taken, or nobody could see that it
	// is over.
	least = 0.05
	// deepest bounds how much one sample can take off the share.
	deepest = 0.5
	// regained is what one calm sample gives back.
	regained = 0.05
)

// Machine is the state. The zero Machine takes nothing: use New.
type Machine struct {
	share      float64
	delay, cpu float64 // smoothed, as parts of their limits
	hot        int     // samples above the limit in a row
}

// New returns a machine that takes every call.
func New() Machine { return Machine{share: 1} }

// Step takes a sample.
func (m Machine) Step(c Config, s Sample) Machine {
	m.delay = blend(m.delay, part(float64(s.Delay), float64(c.SetupDelay)))
	m.cpu = blend(m.cpu, part(s.CPU, c.CPU))
	load := m.Load()
	if m.hot++; load <= 1 {
		m.hot = 0
	}
	switch {
	case m.hot == 1: // a moment is no overload
	case load > 1:
		m.share = max(m.share*max(1/load, deepest), least)
	case load < calm:
		m.share = min(m.share+regained, 1)
	}
	return m
}

func part(value, limit float64) float64 {
	if limit <= 0 {
		return 0
	}
	return min(max(value/limit, 0), 10) // one bad moment is not remembered for long
}

func blend(old, now float64) float64 { return old + (now-old)*smooth }

// Load is what there is as a part of what there may be.
func (m Machine) Load() float64 { return max(m.delay, m.cpu) }

// Share is the part of the new calls that is taken, at least a few.
func (m Machine) Share() float64 { return m.share }

// Overloaded tells whether calls are refused.
func (m Machine) Overloaded() bool { return m.share < 1 }

// Why names what there is too much of.
func (m Machine) Why() string {
	switch {
	case !m.Overloaded():
		return ""
	case m.Load() < calm:
		return "recovering"
	case m.delay >= m.cpu:
		return "set-up delay"
	}
	return "CPU"
}

// Takes decides about a call; chance is a random number in [0, 1).
func (m Machine) Takes(chance float64) bool { return chance < m.share }
