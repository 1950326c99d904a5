package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// hangup ends the dialog from our side, by what its state asks for (§15).
func (d *dialog) hangup(by call.Party, cause call.Cause) {
	switch {
	case d.over || d.leaving:
	case d.early && d.uas != nil:
		d.reject(by, cause)
	case d.early:
		d.cancel(by, cause)
	default:
		d.bye(by, cause)
	}
}

// bye releases an answered call. The one who was called may say BYE only when
// the ACK has come, or never will (§15).
func (d *dialog) bye(by call.Party, cause call.Cause) {
	d.leaving = true
	d.finish(by, cause, 0, "")
	if d.unacked == nil {
		d.sendBYE()
	}
}

// sendBYE leaves the dialog when it is answered, whatever the answer is.
func (d *dialog) sendBYE() {
	if d.parting {
		return
	}
	d.parting = true
	req := d.st.request(sipmsg.BYE, 0, d.srv.agent())
	cause := call.Normal
	if err := d.call.ended(); err != nil {
		cause = call.CauseOf(err)
	}
	req.AppendHeader(reason(cause, 0))
	d.transact(req, exchange{
		final:  func(*sipmsg.Response) { d.close() },
		failed: func(error) { d.close() },
	})
}

// heardReason keeps what a message that ends the call says of why.
func (d *dialog) heardReason(m message) {
	if v := q850Of(m); v != 0 && d.carries() {
		d.call.q850 = v
	}
}

// receiveBYE: the party has hung up (§15.1.2).
func (d *dialog) receiveBYE(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d.srv.reply(tx, d.srv.response(req, 200))
	if d.srv.absorb(req, 200) {
		tx.Terminate()
	}
	d.heardReason(req)
	if d.early && d.uas != nil { // BYE within an early dialog
		d.early = false
		_ = d.uas.tx.Respond(d.srv.response(d.uas.req, 487))
	}
	if d.uac != nil && d.early { // our INVITE still wants its final response
		d.cancel(call.Customer, call.Normal)
		return
	}
	if t := d.transfer; t != nil && d.carries() {
		d.transfer = nil // it need not wait for what becomes of it
		d.call.promote(t.to)
	}
	d.finish(call.Customer, call.Normal, 0, "")
	if !d.parting {
		d.close() // else our own BYE is on its way: glare
	}
}
