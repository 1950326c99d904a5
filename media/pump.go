package media

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Pump is a Ticker that carries two Streams into each other, digits too,
// until one of them ends or Stop is called.
type Pump struct {
	a, b    Stream
	ab, ba  *Lane
	stopped atomic.Bool
	once    sync.Once
	done    chan struct{}
}

// NewPump joins a and b. Error: their rates cannot be converted.
func NewPump(a, b Stream) (*Pump, error) {
	ab, err := NewLane(a.Rate(), b.Rate())
	if err != nil {
		return nil, fmt.Errorf("join streams: %w", err)
	}
	ba, err := NewLane(b.Rate(), a.Rate())
	if err != nil {
		return nil, fmt.Errorf("join streams: %w", err)
	}
	return &Pump{a: a, b: b, ab: ab, ba: ba, done: make(chan struct{})}, nil
}

// Tick implements Ticker.
func (p *Pump) Tick(time.Duration) bool {
	if p.stopped.Load() {
		p.finish()
		return false
	}
	endA := p.ab.Carry(p.a, p.b)
	endB := p.ba.Carry(p.b, p.a)
	if endA || endB {
		p.finish()
		return false
	}
	return true
}

func (p *Pump) finish() { p.once.Do(func() { close(p.done) }) }

// Stop makes the next Tick the last, which does nothing more.
func (p *Pump) Stop() { p.stopped.Store(true) }

// Done is closed when the Pump has left the clock.
func (p *Pump) Done() <-chan struct{} { return p.done }
