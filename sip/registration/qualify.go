package registration

import "time"

// Health is whether a peer is there.
type Health uint8

const (
	Unknown Health = iota // nobody has answered or failed to
	Up
	Down
)

func (h Health) String() string {
	return [...]string{"unknown", "up", "down"}[min(h, Down)]
}

// Probe asks a peer again and again. See NewProbe.
type Probe struct {
	every    time.Duration
	limit    int
	health   Health
	failures int
	rtt      time.Duration
	timer    time.Time
	asked    time.Time // zero: no question is open
}

// NewProbe returns a probe that takes a peer for down after failures in a
// row.
func NewProbe(every time.Duration, failures int) Probe { return Probe{every: every, limit: failures} }

// Health returns what is known of the peer.
func (p Probe) Health() Health { return p.health }

// RoundTrip is how long the last answer took.
func (p Probe) RoundTrip() time.Duration { return p.rtt }

// Timer is when Ask is due.
func (p Probe) Timer() time.Time { return p.timer }

// Ask says that the peer is asked at now. chance is a random number from 0
// to 1, so that not all peers are asked at once.
func (p Probe) Ask(now time.Time, chance float64) Probe {
	p.asked = now
	p.timer = now.Add(time.Duration(float64(p.every) * (0.95 + 0.1*chance)))
	return p
}

// Answered says that an answer has come, or, if ok is false, that there is
// none or one that means that no call would be taken.
func (p Probe) Answered(ok bool, now time.Time) Probe {
	if p.asked.IsZero() {
		return p
	}
	rtt := now.Sub(p.asked)
	p.asked = time.Time{}
	if ok {
		p.health, p.failures, p.rtt = Up, 0, rtt
		return p
	}
	p.failures++
	if p.failures >= p.limit {
		p.health, p.failures = Down, p.limit
	}
	return p
}
