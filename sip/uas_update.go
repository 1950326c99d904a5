package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"
)

// receiveUPDATE changes the session without an INVITE, also before the call
// is answered (RFC 3311 §5.2), or just keeps it alive.
func (d *dialog) receiveUPDATE(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if d.leaving || d.finished() {
		d.srv.refuse(req, tx, 481)
		return
	}
	if !d.describedInSDP(req, tx) || d.tooBrief(req, tx) {
		return
	}
	res := d.dialogResponse(req, 200)
	if len(req.Body()) > 0 {
		if code := d.offerRefusal(); code != 0 {
			d.refuseForNow(req, tx, code)
			return
		}
		body, err := d.reoffered(req.Body())
		if err != nil {
			d.log.Info("UPDATE refused", "why", err)
			d.srv.refuse(req, tx, sdpStatus(err))
			return
		}
		if d.uas != nil {
			d.uas.answer = nil // the session has moved on
		}
		describe(res, body)
	}
	d.st.retarget(req)
	d.agreeSession(req, res)
	d.srv.reply(tx, res)
}

// offerRefusal is the status for an offer that cannot be taken while another
// exchange is going on (RFC 3311 §5.2), 0 if it can.
func (d *dialog) offerRefusal() int {
	switch {
	case d.offering != nil, d.unacked != nil && d.unacked.offered:
		return 491 // ours waits for its answer
	case d.uas != nil && d.early && !d.uas.settled:
		if r := d.uas.reliable; r != nil && r.offered {
			return 491
		}
		return 500 // theirs waits for ours
	case d.uac != nil && d.early && !d.uac.settled:
		return 491
	}
	return 0
}

// refuseForNow asks the peer to try again: 500 with a time, 491 with its own
// rule (§14.2).
func (d *dialog) refuseForNow(req *sipmsg.Request, tx *sipmsg.ServerTx, code int) {
	res := d.srv.response(req, code)
	if code == 500 {
		res.AppendHeader(sipmsg.NewHeader("Retry-After", "2"))
	}
	d.srv.reply(tx, res)
}

// describedInSDP refuses a body that is something else.
func (d *dialog) describedInSDP(req *sipmsg.Request, tx *sipmsg.ServerTx) bool {
	if ct := req.ContentType(); len(req.Body()) > 0 && (ct == nil || !isSDP(ct.Value())) {
		d.srv.refuse(req, tx, 415)
		return false
	}
	return true
}
