package sip

import (
	"context"

	"parley/call"
)

var (
	_ call.Call       = (*dialog)(nil)
	_ call.Originator = (*Server)(nil)
)

// Info implements call.Call.
func (d *dialog) Info() call.Info { return d.info }

// Ring implements call.Call: 180.
func (d *dialog) Ring() error {
	return d.ask(func(done chan<- error) { done <- d.provisional(180) })
}

// EarlyMedia implements call.Call: 183 with our description.
func (d *dialog) EarlyMedia() error {
	return d.ask(func(done chan<- error) { done <- d.provisional(183) })
}

// Answer implements call.Call: 200. If the caller left the offer to us it
// waits for the ACK, which brings the answer.
func (d *dialog) Answer() error {
	if d.State() == call.Answered {
		return nil
	}
	return d.ask(d.accept)
}

// Hangup implements call.Call.
func (d *dialog) Hangup(by call.Party, cause call.Cause) {
	d.post(func() { d.hangup(by, cause) })
}

// ask has f run by the actor and returns what f, at once or later, puts into
// done.
func (d *dialog) ask(f func(done chan<- error)) error {
	done := make(chan error, 1)
	posted := d.post(func() {
		if d.over {
			d.finish(call.System, call.Draining, 0, "")
		}
		if err := d.ended(); err != nil {
			done <- err
			return
		}
		f(done)
	})
	if !posted { // the actor has gone, or is just going
		<-d.ctx.Done()
		return context.Cause(d.ctx)
	}
	return <-done
}
