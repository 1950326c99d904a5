package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// uac is the calling side of a call (§13.2).
type uac struct {
	target      call.Target
	req         *sipmsg.Request // the INVITE
	origin      state           // the dialog's, before any response
	tx          *sipmsg.ClientTx
	provisional bool   // a response has come: now we may cancel (§9.1)
	cancelling  bool   // we have lost interest
	cancelled   bool   // CANCEL has been sent
	early       string // To tag of the early media we hear
	acks        ackBook
}

// Originate implements call.Originator: it calls t.URI, a sip: URI with a
// host. The call outlives ctx; its values are the call's.
func (s *Server) Originate(ctx context.Context, t call.Target) (call.Call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(t.URI, &uri); err != nil {
		return nil, fmt.Errorf("call %q: %w", t.URI, err)
	}
	if uri.Scheme != "sip" || uri.Host == "" {
		return nil, fmt.Errorf("call %q: want sip:user@host", t.URI)
	}
	transport, err := network(uri, "udp")
	if err != nil {
		return nil, fmt.Errorf("call %q: %w", t.URI, err)
	}
	if err := checkHeaders(t); err != nil {
		return nil, fmt.Errorf("call %q: %w", t.URI, err)
	}
	if s.draining.Load() {
		return nil, call.WithCause(call.Draining, errors.New("sip: no new calls: shutting down"))
	}
	st := state{
		callID: newCallID(), localTag: newTag(), network: transport, target: *uri.Clone(),
		remote: party{uri: sipmsg.Uri{Scheme: "sip", User: uri.User, Host: uri.Host, Port: uri.Port}},
	}
	d := s.newDialog(context.WithoutCancel(ctx), call.Info{
		Direction: call.Outbound, Caller: t.Caller, CallerName: t.CallerName,
		Called: user(uri), Variables: t.Variables, Trunk: uri.Host,
	}, st)
	d.uac = &uac{target: t}
	if addr, err := resolveLiteral(uri); err == nil {
		d.info.Remote = addr
		if via, ok := s.acl.trunkOf(addr.Addr(), ""); ok {
			d.info.Trunk = via.Name
		}
	}
	if !s.calls.add(d, d.cfg.Limits.MaxCalls) {
		return nil, call.WithCause(call.Overloaded, errors.New("sip: no new calls: the limit is reached"))
	}
	d.post(func() { d.dial(uri) })
	if !s.actors.spawn(d.live) {
		s.calls.remove(d)
		return nil, call.WithCause(call.Draining, errors.New("sip: no new calls: shutting down"))
	}
	return d, nil
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
			"content-length", "l", "content-type", "c", "route", "record-route":
			return fmt.Errorf("header %q: belongs to the dialog", name)
		}
	}
	return nil
}

// dial finds the way and sends the INVITE.
func (d *dialog) dial(uri sipmsg.Uri) {
	timeout := d.uac.target.RingTimeout
	if timeout <= 0 {
		timeout = d.cfg.RingTimeout
	}
	d.arm(alarmRing, timeout, func() { d.hangup(call.System, call.NoAnswer) })
	if addr, err := resolveLiteral(uri); err == nil {
		d.invite(addr, nil)
		return
	}
	d.srv.tails.spawn(func() {
		ctx, cancel := context.WithTimeout(d.srv.ctx, min(setupTimeout, timeout))
		defer cancel()
		addr, err := resolve(ctx, uri, d.srv.reachable)
		d.post(func() { d.invite(addr, err) })
	})
}
