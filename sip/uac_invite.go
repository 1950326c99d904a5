package sip

import (
	"cmp"
	"fmt"
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/locate"
	"parley/sip/trunk"
)

// setOut opens the media that hop can reach and sends the INVITE there.
func (d *dialog) setOut(hop locate.Hop) (call.Cause, error) {
	addr := hop.Addr
	if d.srv.isOurs(addr) && !d.uac.quest.hairpin {
		return call.Failed, refusef(482, "%s is ourselves: the call would loop", addr)
	}
	e := d.srv.endpointFor(hop.Network, addr.Addr())
	if e == nil {
		return call.Failed, fmt.Errorf("no %s listener reaches it", hop.Network)
	}
	if d.leg == nil {
		if err := d.open(d.uac.quest.target.Codecs, e, addr.Addr()); err != nil {
			return call.Overloaded, err
		}
	}
	u := d.uac
	contact := u.quest.target.Caller
	if u.out.Privacy.HidesCaller() || contact == "" {
		contact = "parley"
	}
	d.st.place(e, addr.Addr(), contact)
	d.st.hops = u.quest.target.Hops
	host := cmp.Or(u.out.Host, d.st.sentBy.Addr().String())
	d.st.local = party{u.out.CallerName, sipmsg.Uri{Scheme: "sip", User: u.out.Caller, Host: host}}
	return call.Failed, d.invite(addr)
}

// invite sends the INVITE to addr (§13.2.1): the first one, or another after
// a response that asked for it, under the same Call-ID with a new CSeq.
func (d *dialog) invite(addr netip.AddrPort) error {
	body, err := d.leg.offer()
	if err != nil {
		return err
	}
	u := d.uac
	req := d.st.request(sipmsg.INVITE, 0, d.srv.agent())
	for _, h := range u.out.Headers {
		req.AppendHeader(sipmsg.NewHeader(h.Name, h.Value))
	}
	if u.quest.replaces != "" {
		req.AppendHeader(sipmsg.NewHeader("Replaces", u.quest.replaces))
		req.AppendHeader(sipmsg.NewHeader("Require", "replaces"))
	}
	if u.quest.referredBy != "" {
		req.AppendHeader(sipmsg.NewHeader("Referred-By", u.quest.referredBy))
	}
	d.askSession(req)
	if d.via.PRACK == trunk.Required {
		req.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
	}
	describe(req, body)
	authorize(req, u.try)
	req.SetDestination(addr.String())
	u.req, u.origin, u.tx = req, d.st, nil
	u.provisional, u.cancelled, u.early, u.settled = false, false, "", false
	current := func(f func(*sipmsg.Response)) func(*sipmsg.Response) {
		return func(res *sipmsg.Response) {
			if u.req == req {
				f(res)
			}
		}
	}
	d.transact(req, exchange{
		began:       d.inviteBegan,
		provisional: current(d.progress),
		final:       current(d.finalResponse),
		failed:      d.inviteFailed,
		again:       d.answeredAgain,
	})
	return nil
}

func (d *dialog) inviteBegan(tx *sipmsg.ClientTx) {
	d.uac.tx = tx
	switch {
	case d.over:
		tx.Terminate()
	case len(d.uac.ways) > 0 && !d.uac.provisional: // there is somebody else to ask: Timer B is too long
		d.arm(alarmHop, d.srv.config().Timers.silence(), func() { d.passOver(tx) })
	}
}

// heard notes that the hop answers.
func (d *dialog) heard() {
	d.disarm(alarmHop)
	d.srv.worked(d.uac.hop)
}

// progress takes a provisional response; there may be any number (§13.2.2.1).
func (d *dialog) progress(res *sipmsg.Response) {
	d.uac.provisional = true
	d.heard()
	if d.uac.cancelling {
		d.sendCANCEL()
		return
	}
	if res.StatusCode <= 100 || !d.acknowledgeProvisional(res, d.uac.req.CSeq().SeqNo) || d.finished() {
		return
	}
	if d.uac.quest.parent != nil {
		d.uac.quest.parent.notify(res.StatusCode, res.Reason, false)
	}
	if res.StatusCode == 180 {
		d.reach(call.Ringing)
	}
	if len(res.Body()) == 0 || d.uac.early == toTag(res) || !d.via.EarlyMedia && !d.uac.settled {
		return
	}
	g, err := d.leg.answered(res.Body())
	if err == nil {
		err = d.leg.bind(g)
	}
	if err != nil {
		d.log.Debug("early media not taken", "error", err)
		return
	}
	d.uac.early = toTag(res) // 180 with a description is 183
	d.flow(call.Early)
}

// finalResponse takes the first final response to our INVITE.
func (d *dialog) finalResponse(res *sipmsg.Response) {
	d.disarm(alarmCancel)
	d.disarm(alarmHop)
	if !res.IsSuccess() { // the transaction has sent the ACK (§17.1.1.3)
		if d.tryAgain(res) {
			return
		}
		if res.StatusCode == 503 { // of this server (RFC 3263 §4.3)
			d.srv.failed(d.uac.hop)
			if len(d.uac.ways) > 0 && !d.uac.cancelling && !d.finished() {
				d.tryNext(refusef(503, "%s", res.Reason))
				return
			}
		}
		if res.StatusCode < 400 {
			d.redirected(res)
		}
		d.unanswered(refusedBy(res))
		return
	}
	d.heard()
	d.early = false
	hadEarly := d.uac.early != "" && d.uac.early == toTag(res)
	d.st.confirm(res)
	if err := d.acknowledge(); err != nil {
		d.log.Warn("ACK not sent", "error", err)
	}
	if d.uac.cancelling || d.finished() { // our CANCEL was too late (§9.1)
		d.leaving = true
		d.sendBYE()
		return
	}
	if !hadEarly || len(res.Body()) > 0 && !d.uac.settled {
		g, err := d.leg.answered(res.Body())
		if err == nil {
			err = d.leg.bind(g)
		}
		if err != nil {
			d.log.Info("answer not acceptable", "error", err)
			if p := d.uac.quest.parent; p != nil {
				d.uac.quest.parent = nil
				p.notTransferred(488, phrase(488))
			}
			d.bye(call.System, call.NotAcceptable)
			return
		}
	}
	d.learnSession(res)
	d.connected()
}

func (d *dialog) connected() {
	d.disarm(alarmRing)
	if q := d.uac.quest; len(q.ringing) > 0 {
		d.call.current = d
		q.won(d)
	}
	if p := d.uac.quest.parent; p != nil {
		d.uac.quest.parent = nil
		p.transferred(d)
	}
	d.answered()
}

// tryAgain makes another INVITE of a refusal that says how.
func (d *dialog) tryAgain(res *sipmsg.Response) bool {
	if d.uac.cancelling || d.finished() {
		return false
	}
	switch res.StatusCode {
	case 401, 407:
		if !d.challenged(d.uac.try, res) {
			return false
		}
	case 422: // RFC 4028 §7.3
		least, _, ok := deltaSeconds(res, "Min-SE", "")
		if !ok || least <= d.session.least || least <= d.via.SessionTimer.Interval {
			return false
		}
		d.session.least = least
	default:
		return false
	}
	addr, err := netip.ParseAddrPort(d.uac.req.MessageData.Destination())
	return err == nil && d.invite(addr) == nil
}

// inviteFailed: there was no final response (§13.2.2.3 treats it as a 408).
// Another address of the same name may still answer (RFC 3263 §4.3).
func (d *dialog) inviteFailed(err error) {
	d.disarm(alarmHop)
	d.srv.failed(d.uac.hop)
	if len(d.uac.ways) > 0 && !d.uac.cancelling && !d.finished() {
		d.tryNext(err)
		return
	}
	if !d.finished() {
		d.log.Info("INVITE got no answer", "error", err)
	}
	d.unanswered(refused{by: call.System, cause: call.NoResponse})
}
