package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/speech"
)

// Pool keeps the children of one Kind running and spreads Works over them.
type Pool struct {
	c        Config
	name     string
	settings []byte
	log      *slog.Logger
	stop     context.CancelFunc
	wg       sync.WaitGroup

	mu       sync.Mutex
	children []*child // one per place; nil while it is not running
	changed  chan struct{}
	closed   bool
	restarts int
	lastErr  error
	nextWork uint32
}

// NewPool starts children of the Kind called name, each with settings. They
// are set up in the background; Open waits for them. Close ends them.
func NewPool(c Config, name string, settings []byte, log *slog.Logger) (*Pool, error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("engine %s: %s %s; %s", name, key, what, remedy)
		}
	})
	if problem != nil {
		return nil, problem
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Pool{
		c: c, name: name, settings: settings, stop: stop,
		log:      log.With("engine", name),
		children: make([]*child, c.Children),
		changed:  make(chan struct{}),
	}
	for place := range p.children {
		p.wg.Add(1)
		go p.supervise(ctx, place)
	}
	return p, nil
}

// Open begins a Work on the child that has the fewest. Errors: speech.ErrBusy
// at the limit, speech.ErrUnavailable when no child is ready within
// Config.OpenTimeout, ctx's own.
func (p *Pool) Open(ctx context.Context, request []byte) (*Work, error) {
	deadline := time.NewTimer(p.c.OpenTimeout)
	defer deadline.Stop()
	for {
		p.mu.Lock()
		w, full, err := p.place(request)
		changed := p.changed
		p.mu.Unlock()
		switch {
		case err != nil:
			return nil, err
		case w != nil:
			return w, nil
		case full:
			return nil, fmt.Errorf("engine %s works on %d utterances: %w", p.name, p.c.Children*p.c.Works, speech.ErrBusy)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-deadline.C:
			return nil, p.unavailable()
		}
	}
}

// place puts a Work on a ready child, or says that all are full. p.mu is held.
func (p *Pool) place(request []byte) (w *Work, full bool, err error) {
	if p.closed {
		return nil, false, fmt.Errorf("engine %s is closed: %w", p.name, speech.ErrUnavailable)
	}
	var best *child
	full = true
	for _, c := range p.children {
		switch {
		case c == nil || !c.ready:
			full = false // it may come up in time
			continue
		case c.leaving():
			full = false // there will be room in a moment
		}
		if len(c.works) < p.c.Works && (best == nil || len(c.works) < len(best.works)) {
			best = c
		}
	}
	if best == nil {
		return nil, full, nil
	}
	p.nextWork++
	w = newWork(p, best, p.nextWork)
	best.works[w.id] = w
	best.send(frame{work: w.id, kind: frameOpen, payload: request})
	return w, false, nil
}

func (p *Pool) unavailable() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.children {
		if c != nil && c.ready { // the others are full
			return fmt.Errorf("engine %s has no room on the children that are up: %w", p.name, speech.ErrBusy)
		}
	}
	if p.lastErr != nil {
		return fmt.Errorf("engine %s: %w: %w", p.name, speech.ErrUnavailable, p.lastErr)
	}
	return fmt.Errorf("engine %s is not ready: %w", p.name, speech.ErrUnavailable)
}

// Health tells how a Pool is doing.
type Health struct {
	Ready    int   // children that can work
	Children int   // children wanted
	Works    int   // utterances being worked on
	Limit    int   // utterances that can be worked on
	Restarts int   // children that died since the Pool began
	LastErr  error // why the last one died; nil if none did
	PIDs     []int // of the ready children
}

// Health may be called at any time.
func (p *Pool) Health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := Health{Children: p.c.Children, Limit: p.c.Children * p.c.Works, Restarts: p.restarts, LastErr: p.lastErr}
	for _, c := range p.children {
		if c != nil && c.ready {
			h.Ready++
			h.Works += len(c.works)
			h.PIDs = append(h.PIDs, c.cmd.Process.Pid)
		}
	}
	return h
}

// Close ends all children. Open Works end with speech.ErrUnavailable.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.broadcast()
	p.mu.Unlock()
	p.stop()
	p.wg.Wait()
}

// broadcast wakes those who wait in Open. p.mu is held.
func (p *Pool) broadcast() {
	close(p.changed)
	p.changed = make(chan struct{})
}
