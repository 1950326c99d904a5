package fallback

import (
	"cmp"
	"context"
	"sync"
	"time"

	"parley/speech"
)

const (
	// defaultFinal is speech.Hints.FinalTimeout where that is 0.
	defaultFinal = 3 * time.Second
	// firstShare of the time for the final text is for whoever is asked while
	// there are others.
	firstShare = 0.6
	// mostPending bounds the utterances whose text has not come.
	mostPending = 16
)

// recognition implements speech.Recognition.
type recognition struct {
	r       *Recognizer
	f       speech.Format
	deliver func(speech.Result)
	ctx     context.Context
	cancel  context.CancelFunc

	inMu     sync.Mutex
	arrivals []arrival
	in       chan struct{}

	handing sync.Mutex // held while deliver runs
	closed  bool       // under handing and mu

	mu         sync.Mutex
	list       []int        // providers in order
	ears       map[int]*ear // those that are open for the whole call
	utterances []*utterance
	current    *utterance
}

// utterance is what the caller says at a time.
type utterance struct {
	id      int
	hints   speech.Hints
	pcm     []int16 // all of it, for the next provider
	lost    bool    // it was too long for that
	stopped bool
	since   time.Time      // of stopped
	ear     *ear           // who listens; nil while the next one is being asked
	own     bool           // ear listens to this utterance only
	left    []int          // who has not been asked
	result  *speech.Result // its end, which waits for those before it
}

// Start implements speech.Recognition.
func (n *recognition) Start(id int, h speech.Hints) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.abandon()
	if n.closed {
		return
	}
	u := &utterance{id: id, hints: h}
	if len(n.utterances) >= mostPending {
		n.arrived(nil, speech.Result{Utterance: id, Err: speech.ErrBusy})
		return
	}
	awake := n.r.awake(n.ctx, n.list)
	first := awake[0]
	u.left = awake[1:]
	n.utterances, n.current = append(n.utterances, u), u
	if e := n.ears[first]; e != nil {
		n.r.breakers[first].ask()
		u.ear = e
		e.Start(id, u.share())
		return
	}
	u.left = awake
	n.r.running.Go(func() { n.next(u, nil) })
}

// share are the hints with the part of the time that is left for one provider.
func (u *utterance) share() speech.Hints {
	h := u.hints
	left := cmp.Or(h.FinalTimeout, defaultFinal)
	if u.stopped {
		left = max(left-time.Since(u.since), time.Millisecond)
	}
	if len(u.left) > 0 {
		left = time.Duration(float64(left) * firstShare)
	}
	h.FinalTimeout = left
	return h
}

// Write implements speech.Recognition.
func (n *recognition) Write(pcm []int16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.current
	if u == nil {
		return
	}
	if len(u.left) > 0 || u.ear == nil {
		if most := int(n.r.c.Replay.Seconds() * float64(n.f.Rate)); len(u.pcm)+len(pcm) > most && u.ear != nil {
			u.lost, u.left, u.pcm = true, nil, nil
		} else if !u.lost && len(u.pcm) < 2*most {
			u.pcm = append(u.pcm, pcm...)
		}
	}
	if u.ear != nil {
		u.ear.Write(pcm)
	}
}

// Stop implements speech.Recognition.
func (n *recognition) Stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.current
	if u == nil {
		return
	}
	n.current = nil
	u.stopped, u.since = true, time.Now()
	if u.ear != nil {
		u.ear.Stop()
	}
}

// Abandon implements speech.Recognition.
func (n *recognition) Abandon() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.abandon()
}

func (n *recognition) abandon() {
	u := n.current
	if u == nil {
		return
	}
	if u.ear != nil {
		u.ear.Abandon()
		n.r.breakers[u.ear.provider].done(context.Canceled)
	}
	n.remove(u)
}

// remove forgets an utterance; results that come later find nobody.
func (n *recognition) remove(u *utterance) {
	if n.current == u {
		n.current = nil
	}
	if u.own && u.ear != nil {
		n.retire(u.ear)
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

// retire closes an ear in the background: Close waits for its deliver, which
// may be waiting for us.
func (n *recognition) retire(e *ear) {
	n.r.running.Go(e.Close)
}

// Close implements speech.Recognition.
func (n *recognition) Close() {
	n.mu.Lock()
	n.closed = true
	ears := n.ears
	n.ears, n.current = nil, nil
	for len(n.utterances) > 0 {
		n.remove(n.utterances[0])
	}
	n.mu.Unlock()
	for _, e := range ears {
		e.Close()
	}
	n.cancel()
	n.handing.Lock() // a deliver that is running ends first
	defer n.handing.Unlock()
}
