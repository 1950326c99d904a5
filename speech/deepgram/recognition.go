package deepgram

import (
	"cmp"
	"context"
	"sync"
	"time"

	"parley/speech"
	"parley/speech/internal/outbox"
)

// mostPending bounds the utterances whose final text has not come.
const mostPending = 8

// defaultFinal is speech.Hints.FinalTimeout where that is 0.
const defaultFinal = 3 * time.Second

// recognition implements speech.Recognition: its methods put audio and orders
// into utterances, from which run sends.
type recognition struct {
	r      *Recognizer
	f      speech.Format
	join   string // what stands between two pieces of text
	outbox *outbox.Outbox
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{} // there is something to send

	mu         sync.Mutex
	utterances []*utterance // the open one last
	open       *utterance
	stream     stream
}

// Start implements speech.Recognition.
func (n *recognition) Start(id int, h speech.Hints) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.abandon()
	if len(n.utterances) >= mostPending {
		n.outbox.Put(speech.Result{Utterance: id, Err: &speech.BusyError{Provider: Name}})
		return
	}
	n.open = &utterance{id: id, rate: n.f.Rate, timeout: cmp.Or(h.FinalTimeout, defaultFinal), terms: n.r.keyterms(h)}
	n.utterances = append(n.utterances, n.open)
	n.ring()
}

// Write implements speech.Recognition. When the network is so slow that the
// replay is full of unsent audio, the utterance ends.
func (n *recognition) Write(pcm []int16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.open == nil {
		return
	}
	most := int(n.r.c.Listen.Replay.Seconds() * float64(n.f.Rate))
	if !n.open.add(pcm, most) {
		n.end(n.open, speech.Result{Err: speech.Unavailable(speech.ErrTimeout, "deepgram: the network is slower than speech")})
		return
	}
	n.ring()
}

// Stop implements speech.Recognition.
func (n *recognition) Stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.open
	if u == nil {
		return
	}
	n.open = nil
	u.stopped = true
	if u.length() == 0 {
		n.end(u, speech.Result{Final: true})
		return
	}
	u.deadline = time.AfterFunc(u.timeout, func() { n.late(u) })
	n.ring()
}

// Abandon implements speech.Recognition.
func (n *recognition) Abandon() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.abandon()
	n.ring()
}

// Close implements speech.Recognition. It does not wait for the network.
func (n *recognition) Close() {
	n.mu.Lock()
	for _, u := range n.utterances {
		u.stopTimers()
	}
	n.utterances, n.open = nil, nil
	n.mu.Unlock()
	n.cancel()
	n.outbox.Close()
}

// abandon forgets the open utterance. If some of it was sent it stays until
// the service has been told to finalise it, so that its words do not run into
// the next one's.
func (n *recognition) abandon() {
	u := n.open
	if u == nil {
		return
	}
	n.open = nil
	n.outbox.Forget(u.id)
	if !u.begun {
		n.remove(u)
		return
	}
	u.gone = true
	u.cut()
}

// end gives the result of an utterance and forgets it. A later result that
// belongs to it finds nobody.
func (n *recognition) end(u *utterance, r speech.Result) {
	r.Utterance = u.id
	n.remove(u)
	n.outbox.Put(r)
}

func (n *recognition) remove(u *utterance) {
	u.stopTimers()
	if n.open == u {
		n.open = nil
	}
	kept := n.utterances[:0]
	for _, o := range n.utterances {
		if o != u {
			kept = append(kept, o)
		}
	}
	clear(n.utterances[len(kept):])
	n.utterances = kept
}

func (n *recognition) has(u *utterance) bool {
	for _, o := range n.utterances {
		if o == u {
			return true
		}
	}
	return false
}

// late ends an utterance whose final text has not come in time: what was
// understood so far is better than nothing. The connection is not trusted any
// more.
func (n *recognition) late(u *utterance) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.has(u) {
		return
	}
	n.stream.suspect()
	if text := u.text(n.join); text != "" {
		n.end(u, speech.Result{Text: text, Final: true})
		return
	}
	n.end(u, speech.Result{Err: speech.Unavailable(speech.ErrTimeout, "deepgram: no final text after %s", u.timeout)})
}

// quiet ends an utterance of which nothing more seems to come: the service
// does not answer Finalize when it has nothing left.
func (n *recognition) quiet(u *utterance) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.has(u) && u.settled() {
		n.end(u, u.final(n.join))
	}
}

// fail ends every utterance that is waiting.
func (n *recognition) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.utterances) > 0 {
		u := n.utterances[0]
		if u.gone {
			n.remove(u)
			continue
		}
		n.end(u, speech.Result{Err: err})
	}
}

func (n *recognition) pending() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.utterances) > 0
}

func (n *recognition) ring() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}
