package locate

import (
	"slices"
	"sync"
	"time"
)

const (
	// benched is how long a hop that has failed is put last.
	benched = 30 * time.Second
	// maxBenched bounds how many are remembered.
	maxBenched = 1024
)

// bench remembers hops that have failed.
type bench struct {
	mu    sync.Mutex
	until map[Hop]time.Time
}

// order puts those that have failed last, in their order.
func (b *bench) order(hops []Hop, now time.Time) []Hop {
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.SortStableFunc(hops, func(x, y Hop) int { return b.sits(x, now) - b.sits(y, now) })
	return hops
}

func (b *bench) sits(h Hop, now time.Time) int {
	if now.Before(b.until[h]) {
		return 1
	}
	return 0
}

// Failed puts h last for half a minute: it could not be reached, has not
// answered, or has said that it cannot serve.
func (l *Locator) Failed(h Hop) {
	now := l.now()
	b := &l.bench
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until == nil {
		b.until = make(map[Hop]time.Time)
	}
	if len(b.until) >= maxBenched {
		for other, until := range b.until {
			if delete(b.until, other); now.Before(until) {
				break
			}
		}
	}
	b.until[h] = now.Add(benched)
}

// Worked forgets that h has failed.
func (l *Locator) Worked(h Hop) {
	l.bench.mu.Lock()
	defer l.bench.mu.Unlock()
	delete(l.bench.until, h)
}
