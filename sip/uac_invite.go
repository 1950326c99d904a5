package sip

import (
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// invite sends the INVITE to addr (§13.2.1).
func (d *dialog) invite(addr netip.AddrPort, err error) {
	if d.over || d.finished() {
		d.close()
		return
	}
	if err != nil {
		d.fail("called party not found", call.Unavailable, err)
		return
	}
	e := d.srv.endpointFor(d.st.network, addr.Addr())
	if e == nil {
		d.log.Warn("call not placed: no listener reaches it", "network", d.st.network, "remote", addr)
		d.finish(call.System, call.Failed, 0, "")
		d.close()
		return
	}
	if d.leg, err = d.srv.openLeg(d.cfg, e, addr.Addr()); err != nil {
		d.fail("call not placed", call.Overloaded, err)
		return
	}
	t := d.uac.target
	d.st.place(e, addr.Addr(), t.Caller)
	if d.st.contact.User == "" {
		d.st.contact.User = "parley"
	}
	d.st.local = party{t.CallerName, sipmsg.Uri{Scheme: "sip", User: t.Caller, Host: d.st.sentBy.Addr().String()}}
	body, err := d.leg.offer()
	if err != nil {
		d.fail("call not placed", call.Failed, err)
		return
	}
	req := d.st.request(sipmsg.INVITE, 0, d.srv.agent())
	for name, value := range t.Headers {
		req.AppendHeader(sipmsg.NewHeader(name, value))
	}
	describe(req, body)
	req.SetDestination(addr.String())
	d.uac.req, d.uac.origin = req, d.st
	d.transact(req, exchange{
		began:       d.inviteBegan,
		provisional: d.progress,
		final:       d.finalResponse,
		failed:      d.inviteFailed,
		again:       d.answeredAgain,
	})
}

// fail ends a call that could not be placed.
func (d *dialog) fail(what string, cause call.Cause, err error) {
	d.log.Warn(what, "error", err)
	d.finish(call.System, cause, 0, "")
	d.close()
}

func (d *dialog) inviteBegan(tx *sipmsg.ClientTx) {
	d.uac.tx = tx
	if d.over {
		tx.Terminate()
	}
}

// progress takes a provisional response; there may be any number (§13.2.2.1).
func (d *dialog) progress(res *sipmsg.Response) {
	d.uac.provisional = true
	if d.uac.cancelling {
		d.sendCANCEL()
		return
	}
	if d.finished() || res.StatusCode <= 100 {
		return
	}
	if res.StatusCode == 180 {
		d.reach(call.Ringing)
	}
	if len(res.Body()) == 0 || d.uac.early == toTag(res) {
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
	d.early = false
	d.disarm(alarmCancel)
	if !res.IsSuccess() { // the transaction has sent the ACK (§17.1.1.3)
		code := res.StatusCode
		d.finish(call.Customer, call.CauseFromSIP(code), code, res.Reason)
		d.close()
		return
	}
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
	if len(res.Body()) == 0 && hadEarly {
		d.connected()
		return
	}
	g, err := d.leg.answered(res.Body())
	if err == nil {
		err = d.leg.bind(g)
	}
	if err != nil {
		d.log.Info("answer not acceptable", "error", err)
		d.bye(call.System, call.NotAcceptable)
		return
	}
	d.connected()
}

func (d *dialog) connected() {
	d.disarm(alarmRing)
	d.answered()
}

// inviteFailed: there was no final response (§13.2.2.3 treats it as a 408).
func (d *dialog) inviteFailed(err error) {
	if !d.finished() {
		d.log.Info("INVITE got no answer", "error", err)
	}
	d.finish(call.System, call.NoResponse, 0, "")
	d.close()
}

// cancel gives up a call that is not answered (§9.1): the house is told at
// once, the network as soon as it may be, and if the network never answers
// that, the transaction ends by itself.
func (d *dialog) cancel(by call.Party, cause call.Cause) {
	if d.uac.cancelling {
		return
	}
	d.finish(by, cause, 0, "")
	if d.uac.req == nil { // nothing has been sent
		d.close()
		return
	}
	d.uac.cancelling = true
	d.arm(alarmCancel, d.cfg.Timers.giveUp()+time.Second, d.abandon)
	if d.uac.provisional {
		d.sendCANCEL()
	}
}

// abandon drops an INVITE whose CANCEL led to nothing.
func (d *dialog) abandon() {
	if d.uac.tx != nil {
		d.uac.tx.Terminate()
	}
	d.close()
}

// sendCANCEL tells the network that we have lost interest.
func (d *dialog) sendCANCEL() {
	if d.uac.cancelled {
		return
	}
	d.uac.cancelled = true
	d.transact(d.cancelOf(d.uac.req), exchange{})
	d.arm(alarmCancel, d.cfg.Timers.giveUp(), d.abandon)
}

// cancelOf makes the CANCEL of an INVITE of ours: it repeats its branch,
// route and numbers (§9.1).
func (d *dialog) cancelOf(inv *sipmsg.Request) *sipmsg.Request {
	req := sipmsg.NewRequest(sipmsg.CANCEL, inv.Recipient)
	req.AppendHeader(inv.Via().Clone())
	sipmsg.CopyHeaders("Route", inv, req)
	hops := sipmsg.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	sipmsg.CopyHeaders("From", inv, req)
	sipmsg.CopyHeaders("To", inv, req)
	sipmsg.CopyHeaders("Call-ID", inv, req)
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: inv.CSeq().SeqNo, MethodName: sipmsg.CANCEL})
	req.AppendHeader(sipmsg.NewHeader("User-Agent", d.srv.agent()))
	if err := d.call.ended(); err != nil {
		req.AppendHeader(reason(call.CauseOf(err)))
	}
	req.SetBody(nil)
	req.SetTransport(inv.Transport())
	req.SetDestination(inv.MessageData.Destination())
	req.Laddr = inv.Laddr
	return req
}
