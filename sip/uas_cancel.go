package sip

import (
	"sync/atomic"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// onCancel is what sipgo calls when a CANCEL comes: under its transaction's
// lock, hence the goroutine. The transaction outlives the dialog by 64*T1 and
// must not keep it in memory.
func (d *dialog) onCancel() func(*sipmsg.Request) {
	self, tails := new(atomic.Pointer[dialog]), &d.srv.tails
	self.Store(d)
	d.forget = func() { self.Store(nil) }
	return func(cancel *sipmsg.Request) {
		tails.spawn(func() {
			if d := self.Load(); d != nil {
				d.call.post(func() { d.heardReason(cancel); d.cancelled() })
			}
		})
	}
}

// cancelled: a CANCEL has come (§9.2). sipgo has answered it with 200 and the
// INVITE with 487, unless our final response was faster: then CANCEL has no
// effect, and the caller says BYE.
func (d *dialog) cancelled() {
	if d.over || !d.early {
		return
	}
	d.early = false
	d.finish(call.Customer, call.Cancelled, 487, phrase(487))
	d.close()
}

// receiveStrayCANCEL gets a CANCEL that matched no transaction: it has
// overtaken its INVITE, names it by another branch, or comes too late.
func (s *Server) receiveStrayCANCEL(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d := s.calls.invited(inviteKeyOf(req))
	if d == nil || !d.call.postBounded(func() { d.cancelByName(req, tx) }) {
		s.refuse(req, tx, 481)
	}
}

func (d *dialog) cancelByName(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if d.over {
		d.srv.refuse(req, tx, 481)
		return
	}
	if !d.early { // it comes too late, and has no effect
		d.srv.reply(tx, d.srv.response(req, 200))
		return
	}
	d.heardReason(req)
	d.srv.reply(tx, d.srv.response(req, 200))
	if err := d.respondInvite(d.srv.response(d.uas.req, 487)); err == nil {
		d.cancelled()
	}
}
