package media

import (
	"runtime"
	"sync"
	"time"
)

// Wheel is the Clock of the running program. It has a few shards, each one
// goroutine; a shard spreads its Tickers over slots in the 20 ms, so that a
// thousand calls do not all send at the same moment, and sleeps from one used
// slot to the next. A shard without Tickers costs nothing.
//
// A shard that wakes needs a processor of Go's scheduler at once: where other
// goroutines compute for long, set GOMAXPROCS above the number of cores, and
// let the kernel share them out; it prefers those who have slept.
//
// When the machine stalls, missed ticks are made up for at once, at most
// maxBurst of them per Ticker: after a longer stall the rest is left out, and
// then consecutive ticks lie a multiple of FrameTime apart.
type Wheel struct {
	start  time.Time
	shards []*shard
	done   sync.WaitGroup
}

const (
	slotsPerFrame = 5
	slotTime      = FrameTime / slotsPerFrame
	lateSlots     = 1
	// maxNap bounds how long a shard sleeps, and so how long a new Ticker
	// waits to be seen.
	maxNap   = 3
	maxBurst = 5
)

// NewWheel starts a clock with a number of shards; 0 or less means one for
// each core that the program may use. Close it after use.
func NewWheel(shards int) *Wheel {
	if shards <= 0 {
		shards = min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	}
	return newWheel(shards, newSleeper)
}

func newWheel(shards int, newSleeper func() sleeper) *Wheel {
	w := &Wheel{start: time.Now()}
	for range shards {
		s := &shard{wheel: w, sleeper: newSleeper(), wake: make(chan struct{}, 1)}
		w.shards = append(w.shards, s)
		w.done.Go(s.run)
	}
	return w
}

// Now implements Clock.
func (w *Wheel) Now() time.Duration { return time.Since(w.start) }

// Add implements Clock. After Close it does nothing.
func (w *Wheel) Add(t Ticker) {
	least := w.shards[0]
	for _, s := range w.shards[1:] {
		if s.load.Load() < least.load.Load() {
			least = s
		}
	}
	least.add(t)
}

// Close stops the clock and waits for the ticks that are under way. Tickers
// that are still on it are not told.
func (w *Wheel) Close() {
	for _, s := range w.shards {
		s.close()
	}
	w.done.Wait()
}
