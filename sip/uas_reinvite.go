package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"
)

// receiveReINVITE serves an INVITE within the dialog (§14.2): a session
// refresh, hold and retrieval, a new address or codec. What we cannot take is
// refused and leaves the session as it was.
func (d *dialog) receiveReINVITE(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if d.finished() || d.leaving {
		d.srv.refuse(req, tx, 481)
		return
	}
	if d.offering != nil { // glare (§14.2)
		d.srv.refuse(req, tx, 491)
		return
	}
	if d.unacked != nil && d.reinvite == nil {
		// The ACK of the last one was sent before this: sipgo's goroutines
		// have changed their order, or it was lost and comes with our next
		// retransmission. The peer waits meanwhile.
		d.reinvite = &heldRequest{req, tx}
		d.srv.reply(tx, d.srv.response(req, 100))
		d.arm(alarmReINVITE, d.cfg.Timers.T2, d.refuseReINVITE)
		return
	}
	if d.early || d.unacked != nil {
		d.srv.refuse(req, tx, 491) // one thing at a time
		return
	}
	if !d.describedInSDP(req, tx) || d.tooBrief(req, tx) {
		return
	}
	body, err := d.reoffered(req.Body())
	if err != nil {
		d.log.Info("re-INVITE refused", "why", err)
		d.srv.refuse(req, tx, sdpStatus(err))
		return
	}
	d.st.retarget(req)
	res := d.dialogResponse(req, 200)
	describe(res, body)
	d.agreeSession(req, res)
	if err := tx.Respond(res); err != nil {
		d.log.Warn("re-INVITE cannot be answered", "error", err)
		tx.Terminate()
		return
	}
	d.awaitACK(req, tx, res, len(req.Body()) == 0)
}

// reoffered answers the offer in body and makes it count, or if there is none
// offers.
func (d *dialog) reoffered(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return d.leg.reoffer(both &^ d.leg.us.withheld)
	}
	g, text, err := d.leg.answer(body)
	if err != nil {
		return nil, err
	}
	return text, d.leg.bind(g)
}

// resumeReINVITE serves the re-INVITE that has waited for an ACK.
func (d *dialog) resumeReINVITE() {
	if h := d.reinvite; h != nil {
		d.reinvite = nil
		d.disarm(alarmReINVITE)
		d.receiveReINVITE(h.req, h.tx)
	}
}

func (d *dialog) refuseReINVITE() {
	if h := d.reinvite; h != nil {
		d.reinvite = nil
		d.srv.refuse(h.req, h.tx, 491)
	}
}
