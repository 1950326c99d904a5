package trunk

import (
	"fmt"
	"math"
	"sync"
	"time"

	"parley/call"
	"parley/sip/registration"
)

// meter counts the calls of a trunk. It outlives reloads: the trunk of the
// same name goes on with it.
type meter struct {
	mu      sync.Mutex
	up      [2]int // by direction
	total   [2]uint64
	refused [2]uint64
	tokens  float64 // calls that may begin now
	filled  time.Time
	health  registration.Health
}

// Full is the error of a trunk that can take no further call now. Its cause
// is call.Overloaded.
type Full struct {
	Trunk string
	// Limit is "max_channels" or "max_cps".
	Limit string
	// RetryAfter is when to try again.
	RetryAfter time.Duration
}

func (f *Full) Error() string {
	return fmt.Sprintf("trunk %s is full: %s", f.Trunk, f.Limit)
}

// fullFor is what those are told who find all channels taken.
const fullFor = 10 * time.Second

// Acquire enters a call that begins now. release takes it out again and may
// be called more than once. err wraps a *Full and carries the cause
// Overloaded.
func (t *Trunk) Acquire(now time.Time, d call.Direction) (release func(), err error) {
	m := t.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	if full := t.full(now); full != nil {
		m.refused[d]++
		return nil, call.WithCause(call.Overloaded, full)
	}
	if t.MaxCPS > 0 {
		m.tokens--
	}
	m.up[d]++
	m.total[d]++
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.up[d]--
	}), nil
}

// full says which limit is reached, under the meter's lock. A second's worth
// of calls may begin at once.
func (t *Trunk) full(now time.Time) *Full {
	m := t.meter
	if t.MaxChannels > 0 && m.up[call.Inbound]+m.up[call.Outbound] >= t.MaxChannels {
		return &Full{t.Name, "max_channels", fullFor}
	}
	if t.MaxCPS <= 0 {
		return nil
	}
	burst := math.Max(1, t.MaxCPS)
	if passed := now.Sub(m.filled); m.filled.IsZero() {
		m.tokens, m.filled = burst, now
	} else if passed > 0 {
		m.tokens, m.filled = math.Min(burst, m.tokens+passed.Seconds()*t.MaxCPS), now
	}
	if m.tokens < 1 {
		wait := time.Duration((1 - m.tokens) / t.MaxCPS * float64(time.Second))
		return &Full{t.Name, "max_cps", max(wait, time.Second)}
	}
	return nil
}

// SetHealth says whether the peer is there.
func (t *Trunk) SetHealth(h registration.Health) {
	t.meter.mu.Lock()
	defer t.meter.mu.Unlock()
	t.meter.health = h
}

// Health returns what SetHealth said last.
func (t *Trunk) Health() registration.Health {
	t.meter.mu.Lock()
	defer t.meter.mu.Unlock()
	return t.meter.health
}

// Usage counts the calls of a trunk.
type Usage struct {
	Inbound  int `json:"inbound" doc:"calls that are up"`
	Outbound int `json:"outbound" doc:"calls that are up"`
	// The rest counts since the start.
	InboundTotal    uint64 `json:"inbound_total"`
	OutboundTotal   uint64 `json:"outbound_total"`
	InboundRefused  uint64 `json:"inbound_refused" doc:"over a limit"`
	OutboundRefused uint64 `json:"outbound_refused" doc:"over a limit"`
}

// Usage returns the counters.
func (t *Trunk) Usage() Usage {
	m := t.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	in, out := call.Inbound, call.Outbound
	return Usage{m.up[in], m.up[out], m.total[in], m.total[out], m.refused[in], m.refused[out]}
}
