package sip

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"parley/call"
)

var (
	_ call.Call       = (*sipCall)(nil)
	_ call.Originator = (*Server)(nil)
)

// sipCall is a call over SIP, as the house knows it. It outlives its dialogs:
// mostly there is one, but a transfer, a Replaces or another attempt to reach
// somebody puts a new one in its place. Its actor owns all of them.
type sipCall struct {
	actor
	life
	srv  *Server
	cfg  *Config // as it was when the call began
	log  *slog.Logger
	info call.Info

	// dialogs are those that are not over yet; current is the one that
	// carries the call.
	dialogs []*dialog
	current *dialog
	q850    int                   // what a Reason header of the peer's has said
	broken  bool                  // it has panicked
	admit   map[netip.Addr]func() // addresses that may answer us, and how to forget them
}

func (s *Server) newCall(ctx context.Context, info call.Info) *sipCall {
	info.ID, info.Door = call.NewID(), "sip"
	if info.Start.IsZero() {
		info.Start = time.Now()
	}
	c := &sipCall{
		srv:   s,
		cfg:   s.config(),
		log:   s.log.With("call", info.ID),
		info:  info,
		admit: make(map[netip.Addr]func()),
	}
	c.actor.init(c.guarded, c.end)
	c.life.init(ctx)
	return c
}

// begin starts the actor; false means that the server is closing.
func (c *sipCall) begin() bool {
	if !c.srv.actors.enter() {
		return false
	}
	c.actor.start()
	if c.srv.ctx.Err() != nil {
		c.stop() // it came while the others were stopped
	}
	return true
}

// end comes after the last dialog, or when the server stops.
func (c *sipCall) end() {
	defer c.srv.actors.leave()
	for _, d := range slices.Clone(c.dialogs) {
		c.guarded(d.drop)
	}
	c.guarded(func() {
		if c.srv.ctx.Err() != nil {
			c.finish(call.System, call.Draining, 0, "")
		}
		c.finish(call.System, call.Failed, 0, "")
	})
	for _, forget := range c.admit {
		forget()
	}
}

// stop ends the call whatever its dialogs still have to say.
func (c *sipCall) stop() {
	c.post(func() { c.over = true })
}

// guarded runs a function of the inbox; a panic costs the call and nothing
// else: it is hung up, and if that breaks too, dropped.
func (c *sipCall) guarded(f func()) {
	defer func() {
		if p := recover(); p != nil {
			c.srv.panics.Add(1)
			c.log.Error("SIP call broke", "panic", p, "stack", string(debug.Stack()))
			c.over = c.over || c.broken
			c.broken = true
			c.post(func() { c.hangup(call.System, call.Failed) })
		}
	}()
	f()
}

// handle runs the Handler of a call that came in.
func (c *sipCall) handle() {
	defer func() {
		if p := recover(); p != nil {
			c.srv.panics.Add(1)
			c.log.Error("call handler broke", "panic", p, "stack", string(debug.Stack()))
			c.Hangup(call.System, call.Failed)
		}
	}()
	err := c.srv.deps.Handler(c.Context(), c)
	if err != nil && c.ended() == nil {
		c.log.Warn("call handler failed", "error", err)
	}
	c.post(func() { c.refuse(err) })
}

// refuse ends the call as its Handler says. A caller who was not answered
// hears the status of the other call that was made for him.
func (c *sipCall) refuse(err error) {
	var other *call.Ended
	d := c.current
	if errors.As(err, &other) && passed(other.Code) && d != nil && d.uas != nil && d.early && !d.over {
		if c.q850 == 0 {
			c.q850 = other.Q850
		}
		d.refuseInvite(call.System, other.Cause, other.Code)
		return
	}
	c.hangup(call.System, call.CauseOf(err))
}

// passed tells whether a status means the same to a caller as it did to us.
func passed(code int) bool {
	switch code {
	case 403, 404, 410, 480, 482, 483, 484, 486, 488, 503, 600, 603, 604, 606, 607, 608:
		return true
	}
	return false
}

// finish ends the call as the house sees it: context, state and media. Its
// dialogs may live on for a moment, to say goodbye.
func (c *sipCall) finish(by call.Party, cause call.Cause, code int, text string) {
	if !c.life.end(&call.Ended{By: by, Cause: cause, Code: code, Reason: text, Q850: c.q850}) {
		return
	}
	for _, d := range c.dialogs {
		d.released()
	}
}

// abandon ends a call whose actor never ran.
func (c *sipCall) abandon(cause call.Cause) {
	c.finish(call.System, cause, 0, "")
	for _, d := range slices.Clone(c.dialogs) {
		d.close()
	}
}

// hangup ends the call and every dialog of it from our side.
func (c *sipCall) hangup(by call.Party, cause call.Cause) {
	for _, d := range slices.Clone(c.dialogs) {
		d.hangup(by, cause)
	}
}

// gone is told by a dialog that is over. With the last one the actor ends.
func (c *sipCall) gone(d *dialog) {
	c.dialogs = slices.DeleteFunc(c.dialogs, func(other *dialog) bool { return other == d })
	c.over = c.over || len(c.dialogs) == 0
}

// expect lets addr answer for as long as the call lives.
func (c *sipCall) expect(addr netip.Addr) {
	if c.admit[addr] == nil {
		c.admit[addr] = c.srv.acl.expect(addr)
	}
}

// Info implements call.Call.
func (c *sipCall) Info() call.Info { return c.info }

// Ring implements call.Call: 180.
func (c *sipCall) Ring() error {
	return c.ask(func(d *dialog, done chan<- error) { done <- d.provisional(180) })
}

// EarlyMedia implements call.Call: 183 with our description. It returns when
// audio flows: where the peer acknowledges provisional responses, that may
// wait for it.
func (c *sipCall) EarlyMedia() error {
	return c.ask(func(d *dialog, done chan<- error) { d.earlyMedia(done) })
}

// Answer implements call.Call: 200. If the caller left the offer to us it
// waits for the ACK, which brings the answer.
func (c *sipCall) Answer() error {
	if c.State() == call.Answered {
		return nil
	}
	return c.ask(func(d *dialog, done chan<- error) { d.accept(done) })
}

// Hangup implements call.Call.
func (c *sipCall) Hangup(by call.Party, cause call.Cause) {
	c.post(func() { c.hangup(by, cause) })
}

var errNoDialog = errors.New("sip: the call has no dialog yet")

// ask has f run by the actor on the dialog that carries the call, and returns
// what f, at once or later, puts into done.
func (c *sipCall) ask(f func(d *dialog, done chan<- error)) error {
	done := make(chan error, 1)
	posted := c.post(func() {
		if c.over {
			c.finish(call.System, call.Draining, 0, "")
		}
		switch err := c.ended(); {
		case err != nil:
			done <- err
		case c.current == nil:
			done <- errNoDialog
		default:
			f(c.current, done)
		}
	})
	if !posted { // the actor has gone, or is just going
		<-c.ctx.Done()
		return context.Cause(c.ctx)
	}
	return <-done
}
