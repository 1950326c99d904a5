package rehearsal

import (
	"sync"
	"time"

	"parley/media"
	"parley/voice"
)

// clock is a media.Clock that lets time pass only when the session has dealt
// with all that has happened.
type clock struct {
	work  *voice.Work
	began chan struct{} // closed with the first Ticker

	mu      sync.Mutex
	now     time.Duration
	tickers []media.Ticker
}

func newClock(work *voice.Work) *clock { return &clock{work: work, began: make(chan struct{})} }

// Add implements media.Clock; the session adds its one Ticker.
func (c *clock) Add(t media.Ticker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tickers = append(c.tickers, t)
	close(c.began)
}

// run lets time pass until the session is done, and returns what it says.
func (c *clock) run(done <-chan error) error {
	select {
	case err := <-done:
		return err // it never began
	case <-c.began:
	}
	for c.step() {
	}
	return <-done
}

func (c *clock) Now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// step lets one frame's time pass, and reports whether the session goes on.
func (c *clock) step() bool {
	c.mu.Lock()
	c.now += media.FrameTime
	now, running := c.now, c.tickers
	c.tickers = nil
	c.mu.Unlock()

	var kept []media.Ticker
	for _, t := range running {
		if t.Tick(now) {
			kept = append(kept, t)
		}
	}
	c.work.Wait() // what was heard is judged before the robot's frame goes out
	for _, t := range kept {
		if l, ok := t.(media.Later); ok {
			l.Late(now)
		}
	}
	c.work.Wait()

	c.mu.Lock()
	defer c.mu.Unlock()
	c.tickers = append(kept, c.tickers...)
	return len(c.tickers) > 0
}
