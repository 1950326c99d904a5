package sip

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// uas is the answering side of a call until it is answered (§13.3).
type uas struct {
	req *sipmsg.Request
	tx  *sipmsg.ServerTx
	// agreed and answer are what we make of the INVITE's offer; nil if it
	// made none, and we offer in the 2xx.
	agreed *agreement
	answer []byte
	last   int // provisional response last sent
	// rseq numbers our reliable provisional responses; reliable is the one
	// that waits for its PRACK, next what is to follow it, then what waits
	// for it instead.
	rseq     uint32
	reliable *reliable
	next     int
	then     func()
	// opening wait for early media.
	opening []chan<- error
	// settled: offer and answer have been exchanged before our 2xx.
	settled bool
	// accepted gets what Answer returns, when our 2xx is acknowledged.
	accepted chan<- error
}

// provisionalEvery is how often a provisional response is repeated, so that
// proxies on the way do not give up (§13.3.1.1).
const provisionalEvery = time.Minute

// receiveINVITE makes a call of an INVITE outside of any dialog, and lasts as
// long as the call does: sipgo's goroutine has nothing else to do. What a
// waiting goroutine has on its stack stays in memory, hence the division.
func (s *Server) receiveINVITE(req *sipmsg.Request, tx *sipmsg.ServerTx, via *trunk.Trunk, from netip.AddrPort) {
	if c := s.takeINVITE(req, tx, via, from); c != nil {
		defer s.actors.leave()
		if c.vouched(req, via) {
			c.handle()
		}
	}
}

// takeINVITE makes the call that an INVITE asks for; nil: it has been refused. Who
// gets it leaves s.actors.
func (s *Server) takeINVITE(req *sipmsg.Request, tx *sipmsg.ServerTx, via *trunk.Trunk, from netip.AddrPort) *sipCall {
	began := time.Now()
	if s.draining.Load() {
		s.refuse(req, tx, 503)
		return nil
	}
	if req.Contact() == nil || req.Contact().Address.Host == "" { // §8.1.1.8
		s.refuse(req, tx, 400)
		return nil
	}
	if ct := req.ContentType(); len(req.Body()) > 0 && (ct == nil || !isSDP(ct.Value())) {
		s.refuse(req, tx, 415)
		return nil
	}
	if via.PRACK == trunk.Required && !supports(req, "100rel") {
		res := s.response(req, 421)
		res.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
		s.reply(tx, res)
		return nil
	}
	r, replaces, ok := parseReplaces(req)
	switch {
	case !ok:
		s.refuse(req, tx, 400)
		return nil
	case replaces:
		s.receiveReplacing(req, tx, r, from)
		return nil
	}
	info := incomingInfo(req, via, from)
	_, info.Transferred = s.hairpins.of(req)
	c := s.newCall(s.ctx, info)
	d := c.newDialog(serverState(req))
	d.via = via
	if d.tooBrief(req, tx) {
		c.abandon(call.Failed)
		return nil
	}
	d.uas = &uas{req: req, tx: tx, rseq: firstRSeq()}
	d.incoming = inviteKeyOf(req)
	if added, merged := s.calls.addIncoming(d, d.incoming, d.cfg.Limits.MaxCalls); merged {
		c.abandon(call.Failed)
		s.refuse(req, tx, 482) // §8.2.2.2
		return nil
	} else if !added {
		c.abandon(call.Overloaded)
		s.refuse(req, tx, 503)
		return nil
	}
	if err := d.occupy(via, call.Inbound); err != nil {
		c.abandon(call.Overloaded)
		c.log.Warn("incoming call refused", "code", 503, "why", err)
		s.refuseFull(req, tx, err)
		return nil
	}
	s.reply(tx, s.response(req, 100))
	if err := d.prepare(from); err != nil {
		c.abandon(call.Failed)
		code := 503
		var r *refusal
		if errors.As(err, &r) {
			code = r.code
		}
		c.log.Info("incoming call refused", "code", code, "why", err)
		s.refuse(req, tx, code)
		return nil
	}
	if !tx.OnCancel(d.onCancel()) {
		c.post(d.cancelled) // it came before us
	}
	// Whatever becomes of its trunk or registration, its BYE will be heard.
	c.post(func() { s.load.took(time.Since(began)); c.expect(from.Addr()) })
	d.arm(alarmRing, d.cfg.RingTimeout, func() { d.hangup(call.System, call.NoAnswer) })
	if !c.begin() {
		c.abandon(call.Draining)
		s.refuse(req, tx, 503)
		return nil
	}
	if !s.actors.enter() {
		c.Hangup(call.System, call.Draining)
		return nil
	}
	return c
}

// prepare opens the media of an incoming call and answers its offer in
// advance, so that what cannot work is refused before anybody's phone rings.
func (d *dialog) prepare(from netip.AddrPort) error {
	remote := from.Addr()
	_, hairpin := d.srv.hairpins.of(d.uas.req)
	d.source, d.pinned = from, hairpin || d.via == d.srv.phones.line
	req := d.uas.req
	e := d.srv.endpointOf(d.st.network, d.uas.tx.Connection().LocalAddr(), remote)
	if e == nil {
		return errors.New("no listener to speak from")
	}
	d.st.place(e, remote, req.Recipient.User)
	if err := d.open(nil, e, remote); err != nil {
		return err
	}
	if len(req.Body()) == 0 {
		return nil
	}
	var err error
	d.uas.agreed, d.uas.answer, err = d.leg.answer(req.Body())
	return sdpRefusal(err)
}

// sdpRefusal gives an error about a description the status that it deserves.
func sdpRefusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMalformed):
		return refusef(400, "%v", err)
	case errors.Is(err, errNoMedia):
		return refusef(488, "%v", err)
	}
	return err
}

// sdpStatus is the status that refuses a request for its description.
func sdpStatus(err error) int {
	var r *refusal
	if errors.As(sdpRefusal(err), &r) {
		return r.code
	}
	return 500
}

func isSDP(contentType string) bool {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(t), sdpType)
}

// incomingInfo says who calls whom.
func incomingInfo(req *sipmsg.Request, via *trunk.Trunk, from netip.AddrPort) call.Info {
	c := via.Incoming(presented(req))
	info := call.Info{
		Direction:  call.Inbound,
		Caller:     c.Caller,
		CallerName: c.CallerName,
		Called:     c.Called,
		Trunk:      via.Name,
		Remote:     from,
		Hops:       maxForwards,
		Headers:    make(map[string]string),
		Identity:   identityOf(req, c, time.Now()),
	}
	if hops := req.MaxForwards(); hops != nil {
		info.Hops = int(hops.Val())
	}
	for _, h := range c.Headers {
		info.Headers[h.Name] = h.Value
	}
	return info
}

// user is the number or name that a URI means.
func user(u sipmsg.Uri) string {
	if u.Scheme == "tel" {
		number, _, _ := strings.Cut(u.Raw(), ";")
		return trunk.Unescape(number)
	}
	name, _, _ := strings.Cut(u.User, ";") // ;phone-context and the like
	return trunk.Unescape(name)
}
