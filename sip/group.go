package sip

import (
	"sync"
	"time"
)

// group counts goroutines and can be closed, so that none starts while
// somebody waits for the last.
type group struct {
	mu     sync.Mutex
	wg     sync.WaitGroup
	closed bool
}

// spawn runs f on a goroutine of its own, or reports false if the group is
// closed.
func (g *group) spawn(f func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.wg.Go(f)
	return true
}

// enter counts the calling goroutine, or something that ends by itself, until
// leave; it reports false if the group is closed.
func (g *group) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.wg.Add(1)
	return true
}

func (g *group) leave() { g.wg.Done() }

func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// forever makes wait wait for as long as it takes.
const forever = time.Duration(0)

// wait waits until the last goroutine has ended, at most d.
func (g *group) wait(d time.Duration) {
	if d == forever {
		g.wg.Wait()
		return
	}
	done := make(chan struct{})
	go func() { g.wg.Wait(); close(done) }()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}
