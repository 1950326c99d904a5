package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/audiosocket"
	"parley/call"
	"parley/call/bridge"
)

// maxStations bounds how often one call is sent on.
const maxStations = 10

var (
	errStations = errors.New("the call has been sent on too often")
	errNobody   = errors.New("the transfer names nobody")
	errNoRefer  = errors.New("the caller's wire cannot be asked to call somebody else")
	errSlow     = errors.New("the caller's exchange did not get through in time")
	errHops     = errors.New("the call has taken too many hops: it goes in circles")
)

// station is where a call stands on its way through the house: the number
// that it is for now, and how it got there.
type station struct {
	cfg    *loaded // as it was when the call began
	called string
	count  int
	// person: somebody outside has dialled the number. A flow that sends a
	// call on may not dial emergency numbers.
	person bool
	// visit is the transfer that has brought it here from a flow; nil: there
	// is none.
	visit *visit
}

// visit is a transfer under way.
type visit struct {
	call.TransferRequest
	// stays tells whether the caller is to be left alone when it has come to
	// an error; nil: no flow waits for him.
	stays func(error) bool
}

// log tells what serves the call now. While a flow waits for it, that is the
// call's program all the same.
func (at station) log(ctx context.Context, what string) {
	kind := call.KindProgram
	if at.waited() {
		kind = call.KindTransferRoute
	}
	call.JournalFrom(ctx).Log(kind, what, nil)
}

// waited: a flow waits for the caller.
func (at station) waited() bool { return at.visit != nil && at.visit.stays != nil }

// answered tells who has sent the caller that somebody talks with him.
func (at station) answered() {
	if at.visit != nil {
		at.visit.Answered()
	}
}

// stays tells whether a flow wants its caller back whose transfer came to err.
func (at station) stays(err error) bool { return at.waited() && at.visit.stays(err) }

// sendOn takes a caller to the target of a program's transfer: another number
// of ours, by the routes, or a SIP address. When the program is over, it is as
// if he had called there; else it is a visit, and where a flow does so that
// has itself been visited, the caller may stay for either.
func (p *parley) sendOn(at station) audiosocket.Sender {
	return func(ctx context.Context, c call.Call, r call.TransferRequest, stays func(error) bool) error {
		if at.count++; at.count > maxStations {
			return call.WithCause(call.Failed, errStations)
		}
		to := at
		to.called, to.person = r.Target, false
		to.visit = &visit{TransferRequest: r}
		if stays != nil || at.waited() {
			to.visit.stays = func(err error) bool { return stays != nil && stays(err) || at.stays(err) }
		}
		switch {
		case r.Target == "":
			return call.WithCause(call.InvalidNumber, errNobody)
		case r.Mode == call.TransferRefer:
			return p.refer(ctx, c, r)
		case isSIP(r.Target):
			return p.connect(to, func(call.Info) call.Target { return call.Target{URI: r.Target} })(ctx, c)
		}
		return p.route(ctx, c, to)
	}
}

func isSIP(target string) bool {
	return strings.HasPrefix(target, "sip:") || strings.HasPrefix(target, "sips:")
}

// refer asks the caller's own exchange to take him to the target.
func (p *parley) refer(ctx context.Context, c call.Call, r call.TransferRequest) error {
	t, ok := call.TransferrerOf(c)
	if !ok {
		return call.WithCause(call.NotAcceptable, errNoRefer)
	}
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.Timeout, call.WithCause(call.NoAnswer, errSlow))
		defer cancel()
	}
	if isSIP(r.Target) {
		return t.Transfer(ctx, call.Transfer{URI: r.Target})
	}
	return t.Transfer(ctx, call.Transfer{Number: r.Target})
}

// connect calls somebody for a caller and joins the two.
func (p *parley) connect(at station, to func(call.Info) call.Target) call.Handler {
	return bridge.To(bridge.Config{
		Originator: p.sip,
		Clock:      p.clock,
		Country:    at.cfg.Tones,
		Answered:   at.answered,
		Stays:      at.stays,
		Target: func(_ context.Context, i call.Info) (call.Target, error) {
			t := to(i)
			t.Caller, t.CallerName, t.Variables = i.Caller, i.CallerName, i.Variables
			t.Headers, t.Identity = i.Headers, i.Identity
			t.ByPerson = at.person && i.Direction == call.Inbound
			t.Hops = i.Hops - 1
			if at.visit != nil {
				t.RingTimeout = at.visit.Timeout
			}
			if i.Hops > 0 && t.Hops == 0 {
				return t, &call.Ended{By: call.System, Cause: call.Failed, Code: 483, Reason: errHops.Error()}
			}
			return t, nil
		},
	})
}

// route has a call served by the first route that fits what it is for now.
func (p *parley) route(ctx context.Context, c call.Call, at station) error {
	serve, err := p.choose(ctx, c, at)
	if err != nil {
		return err
	}
	return serve(ctx, c)
}

// choose finds that route and makes a Handler of it; what it needs for that does
// not stay on the stack for as long as the call lasts.
func (p *parley) choose(ctx context.Context, c call.Call, at station) (call.Handler, error) {
	q := call.QueryOf(c.Info(), time.Now())
	q.Called = at.called
	r, err := at.cfg.Routes.Find(q, at.cfg.Periods)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Dial != "":
		at.log(ctx, r.Target())
		number := r.Number.Apply(at.called)
		return p.connect(at, func(call.Info) call.Target { return call.Target{Trunk: r.Dial, Number: number} }), nil
	case r.User != "":
		at.log(ctx, r.Target())
		return p.connect(at, func(call.Info) call.Target { return call.Target{User: r.User} }), nil
	case r.Reject != "":
		cause, err := call.ParseCause(r.Reject)
		if err != nil {
			return nil, err
		}
		return nil, call.WithCause(cause, fmt.Errorf("the route for %q rejects", at.called))
	}
	return p.here(ctx, r, at), nil
}
