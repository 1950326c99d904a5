package fallback

import (
	"context"

	"parley/speech"
)

// run takes what the providers understand, until the Recognition is closed.
func (n *recognition) run() {
	for {
		select {
		case <-n.in:
			n.hand()
		case <-n.ctx.Done():
			return
		}
	}
}

func (n *recognition) hand() {
	n.handing.Lock()
	defer n.handing.Unlock()
	for {
		n.inMu.Lock()
		if len(n.arrivals) == 0 {
			n.inMu.Unlock()
			return
		}
		a := n.arrivals[0]
		n.arrivals = n.arrivals[1:]
		n.inMu.Unlock()
		for _, r := range n.take(a) {
			n.deliver(r)
		}
	}
}

// take judges a result: it is delivered, or the next provider is asked. It
// returns what is to be delivered: an utterance that is being taken over holds
// up the end of those behind it.
func (n *recognition) take(a arrival) []speech.Result {
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.find(a)
	switch {
	case n.closed:
		return nil
	case u == nil && a.from == nil: // it never began
		return []speech.Result{a.res}
	case u == nil: // it is over, or somebody else's by now
		return nil
	case !over(a.res):
		return []speech.Result{a.res}
	case a.from != nil && n.passOn(u, a.res.Err):
		return nil
	}
	u.result = &a.res
	if n.current == u {
		n.current = nil
	}
	var due []speech.Result
	for len(n.utterances) > 0 && n.utterances[0].result != nil {
		due = append(due, *n.utterances[0].result)
		n.remove(n.utterances[0])
	}
	return due
}

// find returns the utterance that a result is about.
func (n *recognition) find(a arrival) *utterance {
	for _, u := range n.utterances {
		if u.id == a.res.Utterance && u.ear == a.from && u.result == nil {
			return u
		}
	}
	return nil
}

// passOn counts how a provider did and, after a fault, has the next one asked.
// It reports false if there is nothing to be done about it.
func (n *recognition) passOn(u *utterance, err error) bool {
	i := u.ear.provider
	n.r.done(i, err)
	switch {
	case err == nil:
		return false
	case u.lost || len(u.left) == 0 || !elsewhere(err):
		n.r.decided(n.ctx, i, err, speech.DecisionGiveUp, "")
		return false
	}
	n.r.toNext(n.ctx, i, err, u.left)
	if u.own {
		n.retire(u.ear)
	}
	u.ear, u.own = nil, false
	n.r.running.Go(func() { n.next(u, err) })
	return true
}

// next asks whoever is left, with an ear for this utterance alone: that of the
// call may be listening to another one. Nobody waits for it.
func (n *recognition) next(u *utterance, failed error) {
	for {
		n.mu.Lock()
		if n.closed || !n.has(u) {
			n.mu.Unlock()
			return
		}
		if len(u.left) == 0 {
			n.mu.Unlock()
			n.arrived(nil, speech.Result{Utterance: u.id, Err: failed})
			return
		}
		i := u.left[0]
		u.left = u.left[1:]
		n.mu.Unlock()
		n.r.breakers[i].ask()
		e, err := n.open(i)
		if err == nil {
			n.join(u, e)
			return
		}
		n.r.done(i, err)
		failed = worse(failed, err)
		n.mu.Lock()
		left := u.left
		n.mu.Unlock()
		n.r.toNext(n.ctx, i, err, left)
	}
}

// join lets an ear hear all of an utterance and go on with it.
func (n *recognition) join(u *utterance, e *ear) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed || !n.has(u) {
		n.r.breakers[e.provider].done(context.Canceled)
		n.retire(e)
		return
	}
	u.ear, u.own = e, true
	e.Start(u.id, u.share())
	e.Write(u.pcm)
	if len(u.left) == 0 {
		u.pcm = nil
	}
	if u.stopped {
		e.Stop()
	}
}

func (n *recognition) has(u *utterance) bool {
	for _, o := range n.utterances {
		if o == u {
			return true
		}
	}
	return false
}
