package media

import (
	"sync"
	"time"
)

// Manual is a Clock in virtual time: Step makes time pass. Step is called from
// one goroutine; Add and Now from any. The zero value is ready.
type Manual struct {
	mu      sync.Mutex
	now     time.Duration
	tickers []Ticker
}

// Add implements Clock.
func (m *Manual) Add(t Ticker) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickers = append(m.tickers, t)
}

// Now implements Clock.
func (m *Manual) Now() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Step lets one FrameTime pass and ticks every Ticker once, in the order they
// were added, and then the second halves. It reports how many remain.
func (m *Manual) Step() int {
	m.mu.Lock()
	m.now += FrameTime
	now := m.now
	running := m.tickers
	m.tickers = nil
	m.mu.Unlock()

	var kept []Ticker
	for _, t := range running {
		if t.Tick(now) {
			kept = append(kept, t)
		}
	}
	for _, t := range kept {
		if l, ok := t.(Later); ok {
			l.Late(now)
		}
	}

	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickers = append(kept, m.tickers...)
	return len(m.tickers)
}
