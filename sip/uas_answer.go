package sip

import (
	"errors"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// accept sends the 2xx (§13.3.1.4). done gets nil when media can flow: at
// once, or if the INVITE made no offer, when the ACK has answered ours.
func (d *dialog) accept(done chan<- error) {
	u := d.uas
	if u == nil || !d.early {
		done <- errors.New("sip: there is nothing to answer")
		return
	}
	if u.reliable != nil && u.reliable.described { // RFC 3262 §3: not before its PRACK
		u.accepted = done
		u.then = func() { u.accepted = nil; d.accept(done) }
		return
	}
	u.abandonReliable(d)
	res := d.dialogResponse(u.req, 200)
	res.AppendHeader(sipmsg.NewHeader("Accept", sdpType))
	d.agreeSession(u.req, res)
	body := u.answer
	var err error
	switch {
	case u.agreed == nil:
		body, err = d.leg.offer()
	case !u.settled:
		err = d.leg.bind(u.agreed)
	}
	if err != nil {
		done <- err
		return
	}
	if body != nil {
		describe(res, body)
	}
	if err := d.respondInvite(res); err != nil {
		done <- err
		return
	}
	d.early = false
	d.disarm(alarmRing)
	d.disarm(alarmProvisional)
	d.awaitACK(u.req, u.tx, res, u.agreed == nil)
	if u.agreed == nil {
		u.accepted = done
		return
	}
	d.answered()
	done <- nil
}

// answered makes the call an answered one.
func (d *dialog) answered() {
	d.flow(call.Answered)
	if d.cfg.RTPTimeout > 0 {
		d.arm(alarmMedia, d.cfg.RTPTimeout/2, d.watchMedia)
	}
}

// respondInvite sends res in the INVITE's transaction. If a CANCEL was faster
// the transaction has answered 487 by itself, and the call is over.
func (d *dialog) respondInvite(res *sipmsg.Response) error {
	err := d.uas.tx.Respond(res)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sipmsg.ErrTransactionCanceled):
		d.cancelled()
	default:
		d.log.Warn("INVITE cannot be answered", "code", res.StatusCode, "error", err)
		d.early = false
		d.finish(call.System, call.NoResponse, 0, "")
		d.close()
	}
	return d.call.ended()
}

// dialogResponse is a response that makes or refreshes the dialog: it has our
// Contact (§12.1.1).
func (d *dialog) dialogResponse(req *sipmsg.Request, code int) *sipmsg.Response {
	res := d.srv.response(req, code)
	res.AppendHeader(&sipmsg.ContactHeader{Address: d.st.contact})
	if code != 200 { // where it is there already
		res.AppendHeader(sipmsg.NewHeader("Allow", allowed))
	}
	res.AppendHeader(sipmsg.NewHeader("Supported", supported))
	return res
}

// describe gives m an SDP body.
func describe(m sipmsg.Message, body []byte) {
	m.AppendHeader(sipmsg.NewHeader("Content-Type", sdpType))
	m.SetBody(body)
}

// reject refuses a call that is not answered yet.
func (d *dialog) reject(by call.Party, cause call.Cause) {
	d.refuseInvite(by, cause, rejectCode(cause))
}

// refuseInvite ends it with a status of our choice.
func (d *dialog) refuseInvite(by call.Party, cause call.Cause, code int) {
	res := d.srv.response(d.uas.req, code)
	res.AppendHeader(reason(cause, d.call.q850))
	if err := d.respondInvite(res); err != nil {
		return
	}
	d.early = false
	d.finish(by, cause, code, phrase(code))
	d.close()
}

// unacked is a 2xx of ours that waits for its ACK.
type unacked struct {
	seq      uint32
	wire     sipmsg.Connection
	res      *sipmsg.Response
	interval time.Duration
	// offered: it carries our offer, the ACK has to answer it.
	offered bool
}

// awaitACK repeats res until its ACK comes, after T1, then in intervals that
// double up to T2, by any transport; after 64*T1 it hangs up (§13.3.1.4).
// The INVITE's transaction is done with; what is repeated of it is absorbed.
func (d *dialog) awaitACK(req *sipmsg.Request, tx *sipmsg.ServerTx, res *sipmsg.Response, offered bool) {
	t := d.cfg.Timers
	d.srv.absorb(req, 0)
	d.unacked = &unacked{req.CSeq().SeqNo, tx.Connection(), res, t.T1, offered}
	d.arm(alarmRetransmit, t.T1, d.retransmit)
	d.arm(alarmACK, t.giveUp(), d.neverAcknowledged)
	branch := req.Via().Params.GetOr("branch", "")
	d.waiting.Store(&branch)
}

// noticeACK finds the ACK of a 2xx that has the INVITE's own branch, against
// §17.1.1.3: sipgo keeps it for the INVITE's transaction.
func (s *Server) noticeACK(msg sipmsg.Message) {
	ack, ok := msg.(*sipmsg.Request)
	if !ok || !ack.IsAck() || ack.CallID() == nil || ack.Via() == nil {
		return
	}
	d := s.calls.find(ack)
	if d == nil {
		return
	}
	if branch := d.waiting.Load(); branch != nil && *branch == ack.Via().Params.GetOr("branch", "") {
		s.tails.spawn(func() { d.call.post(func() { d.acknowledged(ack) }) })
	}
}

func (d *dialog) retransmit() {
	u := d.unacked
	if u == nil {
		return
	}
	if err := u.wire.WriteMsg(u.res); err != nil {
		d.log.Debug("2xx not repeated", "error", err)
	}
	u.interval = d.cfg.Timers.next(u.interval)
	d.arm(alarmRetransmit, u.interval, d.retransmit)
}

func (d *dialog) neverAcknowledged() {
	d.unacked = nil
	d.disarm(alarmRetransmit)
	d.refuseReINVITE()
	d.bye(call.System, call.NoResponse)
}

// acknowledged takes an ACK of one of our 2xx.
func (d *dialog) acknowledged(ack *sipmsg.Request) {
	u := d.unacked
	if d.over || u == nil || ack.CSeq() == nil || ack.CSeq().SeqNo != u.seq {
		return // the echo of one that we know
	}
	d.unacked = nil
	d.waiting.Store(nil)
	d.disarm(alarmRetransmit)
	d.disarm(alarmACK)
	defer d.tryOffer()
	defer d.resumeReINVITE()
	if d.leaving {
		d.sendBYE()
		return
	}
	if !u.offered {
		return
	}
	g, err := d.leg.answered(ack.Body())
	if err == nil {
		err = d.leg.bind(g)
	}
	if err != nil {
		d.log.Info("answer in ACK not acceptable", "error", err)
		d.bye(call.System, call.NotAcceptable)
		return
	}
	d.answered()
	d.tellAnswer(nil)
}

// tellAnswer tells who waits in Answer how it ended.
func (d *dialog) tellAnswer(err error) {
	if d.uas != nil && d.uas.accepted != nil {
		d.uas.accepted <- err
		d.uas.accepted = nil
	}
}
