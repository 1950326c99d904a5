package deepgram

import (
	"context"
	"sync"

	"parley/speech"
)

// outbox hands results over from a goroutine of its own, so that nobody is
// called under a lock. It is bounded: of an utterance's partials only the last
// waits.
type outbox struct {
	deliver func(speech.Result)
	post    chan struct{}

	mu      sync.Mutex
	results []speech.Result

	handing sync.Mutex // held while deliver runs
	closed  bool
}

func newOutbox(deliver func(speech.Result)) *outbox {
	return &outbox{deliver: deliver, post: make(chan struct{}, 1)}
}

func (o *outbox) put(r speech.Result) {
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

// forget drops what waits of an utterance.
func (o *outbox) forget(utterance int) {
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

func (o *outbox) run(ctx context.Context) {
	for {
		select {
		case <-o.post:
			o.hand()
		case <-ctx.Done():
			return
		}
	}
}

func (o *outbox) hand() {
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

// close returns when deliver is not running and will not run again.
func (o *outbox) close() {
	o.handing.Lock()
	defer o.handing.Unlock()
	o.closed = true
}
