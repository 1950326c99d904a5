package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/call"
	"parley/media"
	"parley/media/tone"
)

// Config says how To calls.
type Config struct {
	// Originator calls the other party.
	Originator call.Originator
	// Target says whom to call for a caller. Its error refuses the caller
	// with the cause that it carries.
	Target func(context.Context, call.Info) (call.Target, error)
	// Clock carries the audio.
	Clock media.Clock
	// Country of the tones that an answered caller hears; "" means "eu".
	Country string
	// AnswerTime is how long the other party may take to answer if its
	// Target has no RingTimeout; 0 means two minutes.
	AnswerTime time.Duration
	// ToneTime is how long an answered caller hears why the other party
	// cannot be had before the call ends; 0 means five seconds.
	ToneTime time.Duration
	// Answered, if it is not nil, is called when the other party has answered.
	Answered func()
	// Stays tells whether an answered caller stays when the other party cannot
	// be had (its error) or has hung up (nil): his call is not ended then, and
	// he hears no tone. nil: he never does.
	Stays func(error) bool
}

const (
	defaultAnswerTime = 2 * time.Minute
	defaultToneTime   = 5 * time.Second
	// grace is what the door gets to end a call by its own ring time-out
	// before we do.
	grace = 5 * time.Second
)

// To returns a program that calls somebody else for its caller and joins the
// two until one hangs up. The caller may be unanswered, then it follows the
// other call's progress and is refused as that was: the error holds its
// *call.Ended, with the wire's own code. Or it may be answered, then it hears
// tones. When it returns, nobody reads his audio any more.
func To(c Config) call.Handler {
	if c.Country == "" {
		c.Country = "eu"
	}
	if c.AnswerTime <= 0 {
		c.AnswerTime = defaultAnswerTime
	}
	if c.ToneTime <= 0 {
		c.ToneTime = defaultToneTime
	}
	if c.Answered == nil {
		c.Answered = func() {}
	}
	if c.Stays == nil {
		c.Stays = func(error) bool { return false }
	}
	return func(ctx context.Context, a call.Call) error {
		target, err := c.Target(ctx, a.Info())
		if err != nil {
			return fmt.Errorf("find whom to call: %w", err)
		}
		b, err := c.Originator.Originate(ctx, target)
		if err != nil {
			return fmt.Errorf("call the other party: %w", err)
		}
		p := &pair{Config: c, a: a, b: b}
		if target.RingTimeout > 0 {
			p.AnswerTime = target.RingTimeout
		}
		defer p.end()
		return p.run(ctx)
	}
}

// pair is a caller, whom we call for him, and the audio between them.
type pair struct {
	Config
	a, b call.Call
	line *line // of a; nil until a has audio
	// other is b's audio once it is joined.
	other media.Stream
}

// end leaves nothing behind.
func (p *pair) end() {
	if p.line != nil {
		p.line.stop()
	}
	p.b.Hangup(call.System, call.Normal)
}

// run follows b until it is answered, and then waits for the end of either.
func (p *pair) run(ctx context.Context) error {
	if err := p.progress(ctx); err != nil {
		return p.failed(ctx, err)
	}
	if err := p.a.Answer(); err != nil {
		p.b.Hangup(call.System, call.CauseOf(err))
		return fmt.Errorf("answer the caller: %w", err)
	}
	p.Answered()
	if err := p.join(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		p.b.Hangup(call.System, causeOf(ctx))
	case <-p.b.Context().Done():
		if ctx.Err() == nil && p.Stays(nil) {
			return nil
		}
		p.a.Hangup(call.Agent, causeOf(p.b.Context()))
	}
	return nil
}

// progress shows b's progress to a until b is answered. Error: what became of
// b, or of ctx.
func (p *pair) progress(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.AnswerTime+grace, call.WithCause(call.NoAnswer, errors.New("nobody has answered")))
	defer cancel()
	for next := call.Ringing; ; {
		if err := p.b.Await(ctx, next); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
		var err error
		state := p.b.State()
		switch state {
		case call.Ringing:
			err = p.ring()
		case call.Early:
			err = p.early()
		case call.Over:
			return context.Cause(p.b.Context())
		default:
			return nil
		}
		if err != nil {
			return fmt.Errorf("tell the caller: %w", err)
		}
		next = state + 1
	}
}

// ring alerts the caller: on the wire, or with a tone if he hears us already.
func (p *pair) ring() error {
	if p.a.State() < call.Early {
		return p.a.Ring()
	}
	return p.play(tone.Ringback)
}

// early lets the caller hear b before the answer. A caller whose wire cannot
// do that hears the ringing of his own end.
func (p *pair) early() error {
	if p.a.State() < call.Early && p.a.EarlyMedia() != nil {
		return p.a.Ring()
	}
	return p.join()
}

// failed tells the caller that b is not to be had: err says why. Of an
// unanswered caller it returns err, so that the door refuses him likewise.
func (p *pair) failed(ctx context.Context, err error) error {
	cause := call.CauseOf(err)
	p.b.Hangup(call.System, cause)
	if p.a.State() != call.Answered || ctx.Err() != nil || p.Stays(err) {
		return err
	}
	if p.play(toneOf(cause)) == nil {
		t := time.NewTimer(p.ToneTime)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	p.a.Hangup(call.System, cause)
	return err
}

// toneOf is the tone that says why a party cannot be had.
func toneOf(c call.Cause) tone.Kind {
	switch c {
	case call.Busy, call.Rejected:
		return tone.Busy
	case call.NotFound, call.InvalidNumber, call.Unavailable, call.Restricted:
		return tone.Information
	}
	return tone.Congestion
}

// play plays a tone to the caller.
func (p *pair) play(k tone.Kind) error {
	if err := p.open(); err != nil {
		return err
	}
	return p.line.play(p.Country, k)
}

// join joins the audio of both.
func (p *pair) join() error {
	if err := p.open(); err != nil {
		return err
	}
	other := p.b.Stream()
	if other == nil {
		return errors.New("the other party has no audio")
	}
	if other == p.other {
		return nil // since its early media
	}
	p.other = other
	return p.line.join(other)
}

// open puts the caller's audio on the clock.
func (p *pair) open() error {
	if p.line != nil {
		return nil
	}
	s := p.a.Stream()
	if s == nil {
		return errors.New("the caller has no audio")
	}
	p.line = newLine(p.Clock, s)
	return nil
}
