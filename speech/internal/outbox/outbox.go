// Package outbox hands a recogniser's results over.
package outbox

import (
	"context"
	"sync"

	"parley/speech"
)

// Outbox hands results over from a goroutine of its own, so that nobody is
// called under a lock. It is bounded: of an utterance's partials only the last
// waits.
type Outbox struct {
	deliver func(speech.Result)
	post    chan struct{}

	mu      sync.Mutex
	results []speech.Result

	handing sync.Mutex // held while deliver runs
	closed  bool
}

// New returns an Outbox; Run hands over what is in it.
func New(deliver func(speech.Result)) *Outbox {
	return &Outbox{deliver: deliver, post: make(chan struct{}, 1)}
}

// Put adds a result. It does not wait.
func (o *Outbox) Put(r speech.Result) {
	o.mu.Lock()
	if last := len(o.results) - 1; last >= 0 && o.results[last].Utterance == r.Utterance && !o.results[last].Final && o.results[last].Err == nil {
		o.results[last] = r
	} else {
		o.results = append(o.results, r)
	}
	o.mu.Unlock()
	select {
	case o.post <- struct{}{}:
	default:
	}
}

// Forget drops what waits of an utterance.
func (o *Outbox) Forget(utterance int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := o.results[:0]
	for _, r := range o.results {
		if r.Utterance != utterance {
			kept = append(kept, r)
		}
	}
	o.results = kept
}

// Run hands results over until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	for {
		select {
		case <-o.post:
			o.hand()
		case <-ctx.Done():
			return
		}
	}
}

// Waiting returns how many results wait.
func (o *Outbox) Waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.results)
}

func (o *Outbox) hand() {
	o.handing.Lock()
	defer o.handing.Unlock()
	for !o.closed {
		o.mu.Lock()
		if len(o.results) == 0 {
			o.mu.Unlock()
			return
		}
		r := o.results[0]
		o.results = o.results[1:]
		o.mu.Unlock()
		o.deliver(r)
	}
}

// Close returns when deliver is not running and will not run again.
func (o *Outbox) Close() {
	o.handing.Lock()
	defer o.handing.Unlock()
	o.closed = true
}
