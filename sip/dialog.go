package sip

import (
	"context"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// dialog is one call over SIP: the dialog, the media it negotiates and the
// call.Call made of both. Its actor owns what follows st.
type dialog struct {
	actor
	life
	srv  *Server
	cfg  *Config // as it was when the call began
	log  *slog.Logger
	info call.Info
	// named is what the table knows it by.
	named    dialogKey
	incoming inviteKey // of a call that came in

	st      state
	leg     *leg
	uas     *uas // nil in a call that we made
	uac     *uac // nil in a call that came in
	unacked *unacked
	// reinvite waits for the ACK of the INVITE before it.
	reinvite *heldRequest
	early    bool // no final response has been sent or received yet
	leaving  bool // the call is over; the dialog still has to say BYE
	parting  bool // BYE has been sent
	broken   bool // it has panicked
	seen     sequence
	admit    map[netip.Addr]func() // addresses that may answer us, and how to forget them
}

func (s *Server) newDialog(ctx context.Context, info call.Info, st state) *dialog {
	info.ID, info.Door, info.WireID = call.NewID(), "sip", st.callID
	if info.Start.IsZero() {
		info.Start = time.Now()
	}
	d := &dialog{
		srv:   s,
		cfg:   s.config(),
		log:   s.log.With("call", info.ID, "sip_call_id", st.callID),
		info:  info,
		named: dialogKey{st.callID, st.localTag},
		st:    st,
		early: true,
		admit: make(map[netip.Addr]func()),
	}
	d.actor.init()
	d.life.init(ctx)
	return d
}

func (d *dialog) key() dialogKey { return d.named }

// live runs the actor until the dialog is over.
func (d *dialog) live() {
	defer func() {
		d.srv.calls.remove(d)
		for _, forget := range d.admit {
			forget()
		}
	}()
	stop := d.srv.ctx.Done()
	for !d.over {
		d.guarded(stop)
	}
	d.guarded(stop) // what came last
	for _, h := range d.seen.held {
		d.srv.refuse(h.req, h.tx, 481)
	}
	d.refuseReINVITE()
	if d.uas != nil && d.early { // nobody got as far as an answer
		d.srv.refuse(d.uas.req, d.uas.tx, rejectCode(call.Draining))
	}
	if d.srv.ctx.Err() != nil {
		d.finish(call.System, call.Draining, 0, "")
	}
	d.finish(call.System, call.Failed, 0, "")
}

// guarded runs the actor; a panic costs the call and nothing else: it is hung
// up, and if that breaks too, dropped.
func (d *dialog) guarded(stop <-chan struct{}) {
	defer func() {
		if p := recover(); p != nil {
			d.srv.panics.Add(1)
			d.log.Error("SIP dialog broke", "panic", p, "stack", string(debug.Stack()))
			d.over = d.over || d.broken
			d.broken = true
			d.post(func() { d.hangup(call.System, call.Failed) })
		}
	}()
	d.run(stop)
}

// finish ends the call as the house sees it: context, state and media. The
// dialog may live on for a moment, to say goodbye.
func (d *dialog) finish(by call.Party, cause call.Cause, code int, text string) {
	if !d.life.end(&call.Ended{By: by, Cause: cause, Code: code, Reason: text}) {
		return
	}
	d.disarm(alarmRing)
	d.disarm(alarmProvisional)
	d.disarm(alarmMedia)
	d.tellAnswer(d.ended())
	if d.leg != nil {
		d.leg.rtp.Close()
	}
}

// finished reports whether the call is over, though the dialog is not.
func (d *dialog) finished() bool { return d.ended() != nil }

// handle runs the Handler of a call that came in.
func (d *dialog) handle() {
	defer func() {
		if p := recover(); p != nil {
			d.srv.panics.Add(1)
			d.log.Error("call handler broke", "panic", p, "stack", string(debug.Stack()))
			d.Hangup(call.System, call.Failed)
		}
	}()
	err := d.srv.deps.Handler(d.Context(), d)
	if err != nil && d.ended() == nil {
		d.log.Warn("call handler failed", "error", err)
	}
	d.Hangup(call.System, call.CauseOf(err))
}

// offered takes a request within the dialog; false means that it is not ours.
func (d *dialog) offered(req *sipmsg.Request, tx *sipmsg.ServerTx) bool {
	return d.postBounded(func() {
		if d.over || d.st.remoteTag != "" && fromTag(req) != d.st.remoteTag {
			d.srv.refuse(req, tx, 481)
			return
		}
		d.inOrder(req, tx)
	})
}

// request serves a request within the dialog, in the order of its CSeq.
func (d *dialog) request(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if unknown := required(req); unknown != "" && req.Method != sipmsg.BYE {
		res := d.srv.response(req, 420)
		res.AppendHeader(sipmsg.NewHeader("Unsupported", unknown))
		d.srv.reply(tx, res)
		return
	}
	switch req.Method {
	case sipmsg.BYE:
		d.receiveBYE(req, tx)
	case sipmsg.INVITE:
		d.receiveReINVITE(req, tx)
	case sipmsg.OPTIONS:
		d.srv.reply(tx, d.srv.capabilities(req))
	case sipmsg.CANCEL: // its INVITE has had its final response
		d.srv.refuse(req, tx, 481)
	default:
		d.srv.refuse(req, tx, unserved(req.Method))
	}
}

// watchMedia ends a call whose party has gone silent for too long.
func (d *dialog) watchMedia() {
	limit := d.cfg.RTPTimeout
	if limit == 0 || d.finished() {
		return
	}
	left := limit - d.leg.silent()
	if left <= 0 {
		d.log.Info("party sends no media", "for", limit)
		d.bye(call.System, call.NoMedia)
		return
	}
	d.arm(alarmMedia, max(left/2, 10*time.Millisecond), d.watchMedia)
}
