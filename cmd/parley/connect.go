package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/call"
	"parley/call/bridge"
)

// maxStations bounds how often one call is sent on.
const maxStations = 10

var (
	errStations = errors.New("the call has been sent on too often")
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
}

// sendOn takes a caller to target after a program is done with him: another
// number of ours, by the routes, or a SIP address.
func (p *parley) sendOn(at station) func(context.Context, call.Call, string) error {
	return func(ctx context.Context, c call.Call, target string) error {
		if at.count++; at.count > maxStations {
			return call.WithCause(call.Failed, errStations)
		}
		at.called, at.person = target, false
		call.JournalFrom(ctx).Log(call.KindProgram, "transfer to "+target, nil)
		if strings.HasPrefix(target, "sip:") || strings.HasPrefix(target, "sips:") {
			return p.connect(at, func(i call.Info) call.Target { return call.Target{URI: target} })(ctx, c)
		}
		return p.route(ctx, c, at)
	}
}

// connect calls somebody for a caller and joins the two.
func (p *parley) connect(at station, to func(call.Info) call.Target) call.Handler {
	return bridge.To(bridge.Config{
		Originator: p.sip,
		Clock:      p.clock,
		Country:    at.cfg.Tones,
		Target: func(_ context.Context, i call.Info) (call.Target, error) {
			t := to(i)
			t.Caller, t.CallerName, t.Variables = i.Caller, i.CallerName, i.Variables
			t.Headers, t.Identity = i.Headers, i.Identity
			t.ByPerson = at.person && i.Direction == call.Inbound
			t.Hops = i.Hops - 1
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
		call.JournalFrom(ctx).Log(call.KindProgram, r.Target(), nil)
		number := r.Number.Apply(at.called)
		return p.connect(at, func(call.Info) call.Target { return call.Target{Trunk: r.Dial, Number: number} }), nil
	case r.User != "":
		call.JournalFrom(ctx).Log(call.KindProgram, r.Target(), nil)
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
