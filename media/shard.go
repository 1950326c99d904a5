package media

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// shard is one goroutine's part of a Wheel.
type shard struct {
	wheel   *Wheel
	sleeper sleeper
	load    atomic.Int64  // Tickers, those waiting in fresh included
	wake    chan struct{} // tells an idle shard of work or of the end

	mu     sync.Mutex
	fresh  []newcomer
	closed bool

	// The goroutine's own.
	slots [slotsPerFrame][]Ticker
	late  [slotsPerFrame]int // how many of a slot's Tickers are Later
	next  int64              // number of the slot whose turn comes next, since the start
	count int                // Tickers in slots
}

// newcomer is a Ticker that has no slot yet.
type newcomer struct {
	ticker Ticker
	since  time.Duration
}

func (s *shard) add(t Ticker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.load.Add(1)
	s.fresh = append(s.fresh, newcomer{t, s.wheel.Now()})
	s.nudge()
}

func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.nudge()
}

func (s *shard) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run is the life of the shard.
func (s *shard) run() {
	defer s.sleeper.close()
	for s.settle() {
		if s.count == 0 {
			<-s.wake
			continue
		}
		due := s.nextNap()
		for left := due - s.wheel.Now(); left > 0; left = due - s.wheel.Now() {
			s.sleeper.sleep(left)
		}
		s.turn()
	}
}

// settle gives newcomers their slots. It returns false when the clock is
// closed.
func (s *shard) settle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if len(s.fresh) == 0 {
		return true
	}
	now := s.wheel.Now()
	if s.count == 0 {
		s.next = int64(now/slotTime) + 1 // time has passed unseen
	}
	for i, n := range s.fresh {
		s.place(n)
		s.fresh[i] = newcomer{}
	}
	s.fresh = s.fresh[:0]
	return true
}

// place puts a newcomer into the emptiest slot whose turn comes within
// FrameTime of its arrival.
func (s *shard) place(n newcomer) {
	_, later := n.ticker.(Later)
	turns := int64(slotsPerFrame)
	if later {
		turns -= lateSlots // else its Late would come before its first Tick
	}
	best := s.next
	for i := s.next + 1; time.Duration(i)*slotTime <= n.since+FrameTime && i < s.next+turns; i++ {
		if len(s.slots[i%slotsPerFrame]) < len(s.slots[best%slotsPerFrame]) {
			best = i
		}
	}
	slot := &s.slots[best%slotsPerFrame]
	*slot = append(*slot, n.ticker)
	if later {
		s.late[best%slotsPerFrame]++
	}
	s.count++
}

// nextNap returns when to wake: at the next slot that has Tickers, but soon
// enough for newcomers. It passes over empty slots.
func (s *shard) nextNap() time.Duration {
	for range maxNap {
		if len(s.slots[s.next%slotsPerFrame]) > 0 || s.late[lateSlot(s.next)] > 0 {
			break
		}
		s.next++
	}
	return time.Duration(s.next) * slotTime
}

// turn runs every slot whose time has come.
func (s *shard) turn() {
	due := int64(s.wheel.Now() / slotTime)
	if late := due - s.next; late > maxBurst*slotsPerFrame {
		// The machine stood still. Leave out whole frames, so that every
		// Ticker misses the same.
		s.next += (late/slotsPerFrame - maxBurst + 1) * slotsPerFrame
	}
	for ; s.next <= due; s.next++ {
		now := time.Duration(s.next) * slotTime
		if i := lateSlot(s.next); s.late[i] > 0 {
			s.tickLate(s.slots[i], now)
		}
		if i := s.next % slotsPerFrame; len(s.slots[i]) > 0 {
			s.tick(i, now)
		}
	}
}

// lateSlot is the slot whose second half is due at the turn of slot n.
func lateSlot(n int64) int64 { return (n - lateSlots + slotsPerFrame) % slotsPerFrame }

// tick runs one slot and keeps those Tickers that want more.
func (s *shard) tick(slot int64, now time.Duration) {
	all := s.slots[slot]
	kept := 0
	for i := 0; i < len(all); {
		i = s.tickFrom(all, i, &kept, now)
	}
	gone := len(all) - kept
	clear(all[kept:])
	s.slots[slot] = all[:kept]
	if gone > 0 && s.late[slot] > 0 {
		s.late[slot] = 0
		for _, t := range all[:kept] {
			if _, ok := t.(Later); ok {
				s.late[slot]++
			}
		}
	}
	s.count -= gone
	s.load.Add(int64(-gone))
}

// tickLate runs the second half of a slot.
func (s *shard) tickLate(all []Ticker, now time.Duration) {
	for i := 0; i < len(all); {
		i = lateFrom(all, i, now)
	}
}

// lateFrom is tickFrom for the second half. A panic costs the half, not the
// Ticker: its next Tick will show whether it is sound.
func lateFrom(all []Ticker, i int, now time.Duration) (next int) {
	next = i
	defer func() {
		if p := recover(); p != nil {
			slog.Error("the second half of a ticker panicked",
				"ticker", fmt.Sprintf("%T", all[next-1]), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	for next < len(all) {
		t := all[next]
		next++
		if l, ok := t.(Later); ok {
			l.Late(now)
		}
	}
	return next
}

// tickFrom runs all[i:] and returns how far it came: a Ticker that panics is
// dropped and ends the run, so that the guard is set once and not per Ticker.
func (s *shard) tickFrom(all []Ticker, i int, kept *int, now time.Duration) (next int) {
	next = i
	defer func() {
		if p := recover(); p != nil {
			slog.Error("a ticker panicked and was taken off the clock",
				"ticker", fmt.Sprintf("%T", all[next-1]), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	for next < len(all) {
		t := all[next]
		next++
		if t.Tick(now) {
			all[*kept] = t
			*kept++
		}
	}
	return next
}
