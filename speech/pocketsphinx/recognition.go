package pocketsphinx

import (
	"context"
	"errors"
	"sync"

	"parley/speech"
)

// recognition is one call. Each utterance is a hearing with a goroutine of its
// own; a hearing delivers nothing before the one before it is over.
type recognition struct {
	r       *Recognizer
	f       speech.Format
	ctx     context.Context
	end     context.CancelFunc
	wg      sync.WaitGroup
	deliver func(speech.Result)

	open *hearing        // the utterance that Write goes to; nil between two
	last <-chan struct{} // closed when the latest hearing is over

	mu     sync.Mutex // held while delivering
	closed bool
	line   channel // how the caller's line sounds, as far as is known
}

func newRecognition(ctx context.Context, r *Recognizer, f speech.Format, deliver func(speech.Result)) *recognition {
	c := &recognition{r: r, f: f, deliver: deliver}
	c.ctx, c.end = context.WithCancel(ctx)
	over := make(chan struct{})
	close(over)
	c.last = over
	return c
}

// Start implements speech.Recognition.
func (c *recognition) Start(id int, h speech.Hints) {
	c.Abandon()
	u := newHearing(c, id, h)
	before := c.last
	c.open, c.last = u, u.over
	c.wg.Add(1)
	go u.run(before)
}

// Write implements speech.Recognition.
func (c *recognition) Write(pcm []int16) {
	if c.open != nil {
		c.open.write(pcm)
	}
}

// Stop implements speech.Recognition.
func (c *recognition) Stop() {
	if c.open != nil {
		c.open.stop()
		c.open = nil
	}
}

// Abandon implements speech.Recognition.
func (c *recognition) Abandon() {
	if c.open != nil {
		c.open.cancel(errAbandoned)
		c.open = nil
	}
}

// Close implements speech.Recognition. It does not wait for the children.
func (c *recognition) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.wg.Wait()
}

// give delivers a result, unless it is too late for that.
func (c *recognition) give(u *hearing, r speech.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && !errors.Is(context.Cause(u.ctx), errAbandoned) {
		r.Utterance = u.id
		c.deliver(r)
	}
}

// knownLine notes what was learnt of the line, if anything, and returns what is
// known of it.
func (c *recognition) knownLine(learnt channel) channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if learnt != nil {
		c.line = learnt
	}
	return c.line
}
