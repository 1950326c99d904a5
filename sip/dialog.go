package sip

import (
	"cmp"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// dialog is a dialog (§12) and the media it negotiates, on the actor of the
// call that it carries.
type dialog struct {
	alarms
	call *sipCall
	srv  *Server
	cfg  *Config
	log  *slog.Logger
	// via is the trunk that the dialog runs over, vacate leaves its channel.
	via    *trunk.Trunk
	vacate func()
	forget func() // nil, or lets the INVITE's transaction forget the dialog
	// named is what the table knows it by.
	named    dialogKey
	incoming inviteKey // of a call that came in

	st     state
	source netip.AddrPort // where it came from
	// pinned: source is a telephone's, and all requests go there.
	pinned  bool
	leg     *leg
	uas     *uas        // nil in a dialog that we began
	uac     *uac        // nil in a dialog that came in
	info    *infoSender // nil: digits go with the audio
	unacked *unacked
	waiting atomic.Pointer[string] // branch of the INVITE whose ACK is waited for
	// reinvite waits for the ACK of the INVITE before it.
	reinvite *heldRequest
	session  sessionTimer
	wished   *wish               // a change of the session that waits for its turn
	offering *offering           // and one that is on its way
	sent     <-chan struct{}     // closed when the request before has left
	pracked  map[prackKey]uint32 // last RSeq seen
	referral *referral           // a transfer that we have asked for
	transfer *transfer           // one that the peer has asked for
	early    bool                // no final response has been sent or received yet
	leaving  bool                // it is to end, and still has to say BYE
	parting  bool                // BYE has been sent
	over     bool
	seen     sequence
}

// newDialog adds a dialog to c. The first one carries it.
func (c *sipCall) newDialog(st state) *dialog {
	d := &dialog{
		alarms: newAlarms(c.post),
		call:   c,
		srv:    c.srv,
		cfg:    c.cfg,
		log:    c.log.With("sip_call_id", st.callID),
		named:  dialogKey{st.callID, st.localTag},
		st:     st,
		early:  true,
	}
	c.dialogs = append(c.dialogs, d)
	if c.current == nil {
		c.current = d
		c.info.WireID = st.callID
	}
	return d
}

func (d *dialog) key() dialogKey { return d.named }

// carries reports whether d is what the call goes by.
func (d *dialog) carries() bool { return d.call.current == d }

// finish ends the call if d carries it; else only what d has of media.
func (d *dialog) finish(by call.Party, cause call.Cause, code int, text string) {
	if d.carries() {
		d.call.finish(by, cause, code, text)
		return
	}
	d.released()
}

// forks reports whether d is one of several that ring.
func (d *dialog) forks() bool { return d.uac != nil && len(d.uac.quest.ringing) > 0 }

// reach and flow tell the house how far the call has come, if it is d that
// carries it.
func (d *dialog) reach(s call.State) {
	if d.carries() || d.forks() {
		d.call.reach(s)
	}
}

func (d *dialog) flow(s call.State) {
	if !d.carries() {
		return
	}
	if d.info == nil && d.via.DTMF == trunk.DTMFInfo {
		d.info = &infoSender{d: d}
	}
	if err := d.call.flow(s, d.leg, d.info); err != nil { // a leg of another rate
		d.log.Error("media cannot be joined", "error", err)
		d.call.hangup(call.System, call.Failed)
		return
	}
	d.tellEarly(nil)
}

// released: the call is over, or has found another dialog. Who waits for this
// one is told, its media ends.
func (d *dialog) released() {
	d.disarm(alarmRing)
	d.disarm(alarmProvisional)
	d.disarm(alarmMedia)
	d.tellAnswer(d.call.ended())
	d.tellEarly(cmp.Or(d.call.ended(), errNoEarlyMedia))
	d.endReferral(cmp.Or(d.call.ended(), errSilentPeer))
	d.grant(cmp.Or(d.call.ended(), errOfferRefused))
	if d.leg != nil {
		d.leg.rtp.Close()
	}
}

// finished reports whether the call is over, though the dialog is not.
func (d *dialog) finished() bool { return d.call.ended() != nil }

// close ends the dialog: nothing more is sent or served in it.
func (d *dialog) close() {
	if d.over {
		return
	}
	d.over = true
	d.disarmAll()
	d.srv.calls.remove(d)
	if d.vacate != nil {
		d.vacate()
	}
	if d.forget != nil {
		d.forget()
	}
	for _, h := range d.seen.held {
		d.srv.refuse(h.req, h.tx, 481)
	}
	d.refuseReINVITE()
	d.released()
	d.call.gone(d)
}

// drop ends a dialog without the other side's consent: the server is closing,
// or the dialog has broken.
func (d *dialog) drop() {
	if d.uas != nil && d.early { // nobody got as far as an answer
		d.srv.refuse(d.uas.req, d.uas.tx, rejectCode(call.Draining))
	}
	d.close()
}

// offered takes a request within the dialog; false means that it is not ours.
func (d *dialog) offered(req *sipmsg.Request, tx *sipmsg.ServerTx) bool {
	return d.call.postBounded(func() {
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
	case sipmsg.PRACK:
		d.receivePRACK(req, tx)
	case sipmsg.UPDATE:
		d.receiveUPDATE(req, tx)
	case sipmsg.INFO:
		d.receiveINFO(req, tx)
	case sipmsg.REFER:
		d.receiveREFER(req, tx)
	case sipmsg.NOTIFY:
		d.receiveNOTIFY(req, tx)
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
