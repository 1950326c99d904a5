package rtp

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"parley/media"
)

// Relay is a Ticker that joins two parties, as media.Pump does. Where both
// are Sessions that agree on codec, packet time and digits, packets pass from
// one to the other as they are: without a jitter buffer's delay, encrypted
// anew if need be. Everything else is decoded and encoded. It looks beneath
// Switches and Taps in every tick, so legs may change and recordings begin at
// any time; what is recorded is decoded besides.
type Relay struct {
	a, b    media.Stream
	ab, ba  *media.Lane
	pcm     []int16 // of who listens in
	stopped atomic.Bool
	once    sync.Once
	done    chan struct{}
}

// NewRelay joins a and b. Error: their rates cannot be converted.
func NewRelay(a, b media.Stream) (*Relay, error) {
	ab, err := media.NewLane(a.Rate(), b.Rate())
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	ba, err := media.NewLane(b.Rate(), a.Rate())
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	return &Relay{a: a, b: b, ab: ab, ba: ba, pcm: make([]int16, media.FrameSize(a.Rate())), done: make(chan struct{})}, nil
}

// Tick implements media.Ticker.
func (r *Relay) Tick(time.Duration) bool {
	if r.stopped.Load() {
		r.finish()
		return false
	}
	passedA, passedB := r.pass()
	if passedA {
		carryDigits(r.a, r.b)
	}
	if passedB {
		carryDigits(r.b, r.a)
	}
	endA := !passedA && r.ab.Carry(r.a, r.b)
	endB := !passedB && r.ba.Carry(r.b, r.a)
	if endA || endB {
		r.finish()
		return false
	}
	return true
}

// carryDigits carries digits that came by another way than the packets, such
// as SIP INFO.
func carryDigits(from, to media.Stream) {
	for d, ok := from.ReadDigit(); ok; d, ok = from.ReadDigit() {
		to.WriteDigit(d)
	}
}

func (r *Relay) finish() { r.once.Do(func() { close(r.done) }) }

// Stop makes the next Tick the last, which does nothing more.
func (r *Relay) Stop() { r.stopped.Store(true) }

// Done is closed when the Relay has left the clock.
func (r *Relay) Done() <-chan struct{} { return r.done }

// pass relays what can be relayed in this tick and says which directions.
func (r *Relay) pass() (fromA, fromB bool) {
	a, b := beneath(r.a), beneath(r.b)
	if a.session == nil || b.session == nil || a.session == b.session {
		return false, false
	}
	lockBoth(a.session, b.session)
	defer a.session.mu.Unlock()
	defer b.session.mu.Unlock()
	a.session.turn()
	b.session.turn()
	if !a.session.fits(b.session) {
		return false, false
	}
	return a.relay(&b, r.pcm), b.relay(&a, r.pcm)
}
