package sip

import (
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// cancel gives up a call that is not answered (§9.1): the house is told at
// once, the network as soon as it may be, and if the network never answers
// that, the transaction ends by itself.
func (d *dialog) cancel(by call.Party, cause call.Cause) {
	if d.uac.cancelling {
		return
	}
	d.uac.cancelling = true
	if p := d.uac.quest.parent; p != nil {
		d.uac.quest.parent = nil
		p.notTransferred(487, phrase(487))
	}
	d.finish(by, cause, 0, "")
	if d.uac.req == nil { // nothing has been sent
		d.close()
		return
	}
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
		req.AppendHeader(reason(call.CauseOf(err), 0))
	}
	req.SetBody(nil)
	req.SetTransport(inv.Transport())
	req.SetDestination(inv.MessageData.Destination())
	req.Laddr = inv.Laddr
	return req
}
