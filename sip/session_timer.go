package sip

import (
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// sessionTimer is the agreement that a session ends unless it is refreshed
// (RFC 4028).
type sessionTimer struct {
	expires time.Duration // 0: there is none
	least   time.Duration // the Min-SE that we have learnt to obey
	ours    bool          // we refresh
	expired bool          // nobody refreshes any more
	// update: the peer serves UPDATE, which refreshes without an offer.
	update bool
}

// tooBrief refuses a request whose Session-Expires is below what we take, if
// its sender understands that (RFC 4028 §9).
func (d *dialog) tooBrief(req *sipmsg.Request, tx *sipmsg.ServerTx) bool {
	expires, _, ok := deltaSeconds(req, "Session-Expires", "x")
	if !ok || expires >= d.via.SessionTimer.MinSE || !supports(req, "timer") {
		return false
	}
	res := d.srv.response(req, 422)
	res.AppendHeader(sipmsg.NewHeader("Min-SE", secondsText(d.via.SessionTimer.MinSE)))
	d.srv.reply(tx, res)
	return true
}

// agreeSession answers the Session-Expires of req, an INVITE or UPDATE, in
// its 2xx, and starts the clock (RFC 4028 §9).
func (d *dialog) agreeSession(req *sipmsg.Request, res *sipmsg.Response) {
	can := supports(req, "timer")
	expires, params, asked := deltaSeconds(req, "Session-Expires", "x")
	t := sessionTimer{update: allows(req, sipmsg.UPDATE) || d.session.update}
	switch {
	case asked:
		t.expires = max(expires, d.via.SessionTimer.MinSE)
		// The one who sent the request is the "uac" of this refresh.
		t.ours = params["refresher"] != "uac" || !can
		if params["refresher"] == "" && can {
			t.ours = d.via.SessionTimer.Refresher != "uac"
		}
	case can && d.via.SessionTimer.Interval > 0: // the peer only said that it could
		t.expires, t.ours = d.via.SessionTimer.Interval, true
		if least, _, ok := deltaSeconds(req, "Min-SE", ""); ok {
			t.expires = max(t.expires, least)
		}
	default:
		d.session = t
		d.watchSession()
		return
	}
	refresher := "uac"
	if t.ours {
		refresher = "uas"
	}
	res.AppendHeader(sipmsg.NewHeader("Session-Expires", secondsText(t.expires)+";refresher="+refresher))
	if !t.ours {
		res.AppendHeader(sipmsg.NewHeader("Require", "timer"))
	}
	d.session = t
	d.watchSession()
}

// askSession asks for a session timer in req, an INVITE or UPDATE of ours
// (RFC 4028 §7).
func (d *dialog) askSession(req *sipmsg.Request) {
	expires := max(d.via.SessionTimer.Interval, d.session.expires)
	if expires == 0 {
		return
	}
	expires = max(expires, d.session.least)
	text := secondsText(expires)
	if d.session.expires > 0 { // keep the roles: in our request we are "uac"
		if d.session.ours {
			text += ";refresher=uac"
		} else {
			text += ";refresher=uas"
		}
	}
	if r := d.via.SessionTimer.Refresher; d.session.expires == 0 && r != "auto" {
		text += ";refresher=" + r
	}
	req.AppendHeader(sipmsg.NewHeader("Session-Expires", text))
	req.AppendHeader(sipmsg.NewHeader("Min-SE", secondsText(max(d.via.SessionTimer.MinSE, d.session.least))))
}

// learnSession takes what the 2xx to a request of ours says (RFC 4028 §7.2).
func (d *dialog) learnSession(res *sipmsg.Response) {
	expires, params, ok := deltaSeconds(res, "Session-Expires", "x")
	d.session.update = allows(res, sipmsg.UPDATE) || d.session.update
	if !ok || expires <= 0 { // the peer knows no timers: media tells whether it lives
		d.session.expires = 0
	} else {
		d.session.expires, d.session.ours = expires, params["refresher"] != "uas"
	}
	d.watchSession()
}

// watchSession arms the next refresh or, if that is the peer's to send, the
// end without one: a third of the interval early, at most 32 s (RFC 4028 §10).
func (d *dialog) watchSession() {
	d.session.expired = false
	t := d.session
	if t.expires == 0 {
		d.disarm(alarmSession)
		return
	}
	if t.ours {
		d.arm(alarmSession, t.expires/2, d.refresh)
		return
	}
	d.arm(alarmSession, t.expires-min(t.expires/3, 32*time.Second), d.sessionExpired)
}

// refresh keeps the session alive by an UPDATE, or a re-INVITE that changes
// nothing. Until it has worked out, the session's end draws nearer.
func (d *dialog) refresh() {
	left := d.session.expires / 2
	d.arm(alarmSession, left-min(left/3, 32*time.Second), d.sessionExpired)
	if d.session.update {
		d.sendUPDATE()
		return
	}
	d.wishOffer(wish{direction: both &^ d.leg.us.withheld})
}

func (d *dialog) sessionExpired() {
	if d.leaving {
		return
	}
	d.log.Info("session not refreshed", "interval", d.session.expires, "refresher_ours", d.session.ours)
	d.bye(call.System, call.NoResponse)
}

// sendUPDATE refreshes the session without touching its description.
func (d *dialog) sendUPDATE() {
	req := d.st.request(sipmsg.UPDATE, 0, d.srv.agent())
	d.askSession(req)
	d.transact(req, exchange{
		final: func(res *sipmsg.Response) {
			switch {
			case d.leaving:
			case res.IsSuccess():
				d.st.retarget(res)
				d.learnSession(res)
			case res.StatusCode == 405 || res.StatusCode == 501:
				d.session.update = false
				d.wishOffer(wish{direction: both &^ d.leg.us.withheld})
			default:
				d.refreshFailed(res)
			}
		},
		failed: func(error) { d.lost() },
	})
}

// refreshFailed: a peer that has lost the dialog is let go (§12.2.1.2), one
// that wants a longer interval gets it, any other refusal leaves the session
// as it was until it expires.
func (d *dialog) refreshFailed(res *sipmsg.Response) {
	switch res.StatusCode {
	case 408, 481:
		d.lost()
	case 422:
		if least, _, ok := deltaSeconds(res, "Min-SE", ""); ok && least > d.session.expires {
			d.session.expires, d.session.least = least, least
			d.refresh()
		}
	case 491, 500:
		d.arm(alarmSession, d.glareWait(), d.refresh)
	}
}

// lost: the peer does not answer any more, or has forgotten the dialog.
func (d *dialog) lost() {
	if !d.leaving {
		d.bye(call.System, call.NoResponse)
	}
}
