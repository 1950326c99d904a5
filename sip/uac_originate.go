package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// Originate implements call.Originator: it calls t.Number over t.Trunk, or
// t.URI, a sip: URI with a host that belongs to a trunk. The call outlives
// ctx; its values are the call's. Errors carry the cause Restricted if no
// trunk allows the call, and Overloaded if all are full.
func (s *Server) Originate(ctx context.Context, t call.Target) (call.Call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.draining.Load() {
		return nil, call.WithCause(call.Draining, errors.New("sip: no new calls: shutting down"))
	}
	c := s.newCall(context.WithoutCancel(ctx), call.Info{
		Direction: call.Outbound, Caller: t.Caller, CallerName: t.CallerName, Variables: t.Variables,
	})
	d, err := c.attempt(t, nil)
	if err != nil {
		c.abandon(call.CauseOf(err))
		return nil, err
	}
	c.info.Trunk, c.info.Called = d.via.Name, cmp.Or(t.User, t.Number, user(d.st.target))
	if addr, err := resolveLiteral(d.st.target); err == nil {
		c.info.Remote = addr
	}
	c.post(d.setForth)
	if !c.begin() {
		c.abandon(call.Draining)
		return nil, call.WithCause(call.Draining, errors.New("sip: no new calls: shutting down"))
	}
	return c, nil
}

func badTarget(t call.Target, err error) error {
	return call.WithCause(call.BadRequest, fmt.Errorf("call %q: %w", t.URI+t.Number+t.User, err))
}

// checkTarget refuses what would break the message, and headers that are ours
// to write.
func checkTarget(t call.Target) error {
	if strings.ContainsAny(t.URI, " \r\n\"<>") {
		return errors.New("forbidden character")
	}
	for what, text := range map[string]string{"caller": t.Caller, "number": t.Number, "user": t.User} {
		if strings.ContainsAny(text, " \r\n\"<>@:;?") {
			return fmt.Errorf("%s %q: forbidden character", what, text)
		}
	}
	if strings.ContainsAny(t.CallerName, "\r\n\"\\") {
		return fmt.Errorf("caller's name %q: forbidden character", t.CallerName)
	}
	for name, value := range t.Headers {
		if name == "" || strings.ContainsAny(name, " \t\r\n:") || strings.ContainsAny(value, "\r\n") {
			return fmt.Errorf("header %q: forbidden character", name)
		}
		if trunk.Reserved(name) {
			return fmt.Errorf("header %q: belongs to the dialog", name)
		}
	}
	return nil
}

// parseTarget reads t.URI.
func parseTarget(t call.Target) (uri sipmsg.Uri, err error) {
	if err := sipmsg.ParseUri(t.URI, &uri); err != nil {
		return uri, err
	}
	if uri.Scheme != "sip" && uri.Scheme != "sips" || uri.Host == "" {
		return uri, errors.New("want sip:user@host")
	}
	_, err = network(uri, "udp")
	return uri, err
}
