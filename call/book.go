package call

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Book lists the calls that are alive. Every call has one entry, whatever
// door it came by, so that it is seen, limited and drained.
type Book struct {
	limit int

	mu       sync.Mutex
	entries  map[ID]*Entry
	draining bool
	empty    chan struct{} // closed when draining and nobody is left
}

// Entry is one live call.
type Entry struct {
	Info    Info
	Journal *Journal
	// Hangup ends the call.
	Hangup func(by Party, cause Cause)

	mu      sync.Mutex
	program string
}

// SetProgram names the flow or agent that serves the call now.
func (e *Entry) SetProgram(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.program = name
}

// Program returns the flow or agent that serves the call now.
func (e *Entry) Program() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.program
}

// NewBook returns a Book that holds at most limit calls; 0: no limit.
func NewBook(limit int) *Book {
	return &Book{limit: limit, entries: make(map[ID]*Entry), empty: make(chan struct{})}
}

// Open enters a call. done takes it out again. Errors carry the cause
// Draining or Overloaded.
func (b *Book) Open(e *Entry) (done func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.ready(); err != nil {
		return nil, err
	}
	b.entries[e.Info.ID] = e
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if _, there := b.entries[e.Info.ID]; !there {
			return
		}
		delete(b.entries, e.Info.ID)
		b.checkEmpty()
	}, nil
}

func (b *Book) checkEmpty() {
	if b.draining && len(b.entries) == 0 {
		select {
		case <-b.empty:
		default:
			close(b.empty)
		}
	}
}

// Find returns the entry of a live call, nil if there is none.
func (b *Book) Find(id ID) *Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries[id]
}

// List returns the live calls, oldest first.
func (b *Book) List() []*Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]*Entry, 0, len(b.entries))
	for _, e := range b.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y *Entry) int {
		if c := x.Info.Start.Compare(y.Info.Start); c != 0 {
			return c
		}
		return strings.Compare(string(x.Info.ID), string(y.Info.ID))
	})
	return list
}

// Len returns how many calls are alive.
func (b *Book) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.entries)
}

// Ready says why a further call would be refused, nil if it would be taken.
func (b *Book) Ready() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ready()
}

func (b *Book) ready() error {
	switch {
	case b.draining:
		return WithCause(Draining, errDraining)
	case b.limit > 0 && len(b.entries) >= b.limit:
		return WithCause(Overloaded, errFull)
	}
	return nil
}

// Drain refuses new calls and waits until the last is over or ctx ends; then
// it ends those that remain. tell is called at once and every few seconds
// with who still talks.
func (b *Book) Drain(ctx context.Context, every time.Duration, tell func([]*Entry)) {
	b.mu.Lock()
	b.draining = true
	b.checkEmpty()
	b.mu.Unlock()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-b.empty:
			return
		default:
		}
		tell(b.List())
		select {
		case <-b.empty:
			return
		case <-tick.C:
		case <-ctx.Done():
			for _, e := range b.List() {
				e.Hangup(System, Draining)
			}
			return
		}
	}
}
