package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// Originate implements call.Originator: it calls t.URI, a sip: URI with a
// host. The call outlives ctx; its values are the call's.
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
	d, err := c.dialog(t, nil)
	if err != nil {
		c.abandon(call.CauseOf(err))
		return nil, err
	}
	uri := d.st.target
	c.info.Called, c.info.Trunk = user(uri), uri.Host
	if addr, err := resolveLiteral(uri); err == nil {
		c.info.Remote = addr
		if peer, ok := c.cfg.peer(addr.Addr()); ok {
			c.info.Trunk = peer
		}
	}
	c.post(d.dial)
	if !s.actors.spawn(c.live) {
		c.abandon(call.Draining)
		return nil, call.WithCause(call.Draining, errors.New("sip: no new calls: shutting down"))
	}
	return c, nil
}

// dialog adds a dialog that is to call t. parent is the one whose transfer
// it serves, nil if it is the call itself.
func (c *sipCall) dialog(t call.Target, parent *dialog) (*dialog, error) {
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(t.URI, &uri); err != nil {
		return nil, badTarget(t, err)
	}
	if uri.Scheme != "sip" || uri.Host == "" {
		return nil, badTarget(t, errors.New("want sip:user@host"))
	}
	transport, err := network(uri, "udp")
	if err != nil {
		return nil, badTarget(t, err)
	}
	if err := checkHeaders(t); err != nil {
		return nil, badTarget(t, err)
	}
	d := c.newDialog(state{
		callID: newCallID(), localTag: newTag(), network: transport, target: *uri.Clone(),
		remote: party{uri: sipmsg.Uri{Scheme: "sip", User: uri.User, Host: uri.Host, Port: uri.Port}},
	})
	d.uac = &uac{target: t, parent: parent}
	max := c.cfg.Limits.MaxCalls
	if parent != nil {
		d.policy = parent.policy
		max++ // it takes the parent's place
	}
	if !c.srv.calls.add(d, max) {
		d.close()
		return nil, call.WithCause(call.Overloaded, errors.New("sip: no new calls: the limit is reached"))
	}
	return d, nil
}

func badTarget(t call.Target, err error) error {
	return call.WithCause(call.BadRequest, fmt.Errorf("call %q: %w", t.URI, err))
}

// checkHeaders refuses header names and values that would break the message
// or that are ours to write.
func checkHeaders(t call.Target) error {
	if strings.ContainsAny(t.URI, " \r\n\"<>") {
		return errors.New("forbidden character")
	}
	if strings.ContainsAny(t.Caller, " \r\n\"<>@:") {
		return fmt.Errorf("caller %q: forbidden character", t.Caller)
	}
	if strings.ContainsAny(t.CallerName, "\r\n\"\\") {
		return fmt.Errorf("caller's name %q: forbidden character", t.CallerName)
	}
	for name, value := range t.Headers {
		if name == "" || strings.ContainsAny(name, " \t\r\n:") || strings.ContainsAny(value, "\r\n") {
			return fmt.Errorf("header %q: forbidden character", name)
		}
		switch sipmsg.HeaderToLower(name) {
		case "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m", "max-forwards",
			"content-length", "l", "content-type", "c", "route", "record-route",
			"require", "supported", "k", "session-expires", "x", "min-se", "allow":
			return fmt.Errorf("header %q: belongs to the dialog", name)
		}
	}
	return nil
}
