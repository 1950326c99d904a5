package sip

import (
	"errors"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/digest"
)

// wish is a change of the session that we want: an offer of our own within
// the dialog, by re-INVITE (§14.1).
type wish struct {
	direction direction
	done      chan<- error // nil: nobody waits
	try       *digest.Try
}

func (w wish) tell(err error) {
	if w.done != nil {
		w.done <- err
	}
}

var (
	errOfferRefused = errors.New("sip: the peer has refused the change of the session")
	errOfferBusy    = errors.New("sip: another change of the session is under way")
)

// wishOffer makes the offer as soon as it may be made. Only one can wait.
func (d *dialog) wishOffer(w wish) {
	if d.over || d.leaving {
		w.tell(d.call.ended())
		return
	}
	if d.wished != nil {
		w.tell(errOfferBusy)
		return
	}
	d.wished = &w
	d.tryOffer()
}

// tryOffer sends what is wished for unless an exchange is going on; the end
// of that one tries again.
func (d *dialog) tryOffer() {
	if d.wished == nil || d.early || d.leaving || d.unacked != nil || d.reinvite != nil || d.offering != nil {
		return
	}
	body, err := d.leg.reoffer(d.wished.direction)
	if err != nil {
		d.grant(err)
		return
	}
	req := d.st.request(sipmsg.INVITE, 0, d.srv.agent())
	d.askSession(req)
	describe(req, body)
	if d.wished.try == nil {
		d.wished.try = d.try()
	}
	authorize(req, d.wished.try)
	o := &offering{req: req, seq: req.CSeq().SeqNo}
	d.offering = o
	d.arm(alarmOffer, d.cfg.Timers.giveUp(), func() { d.offerStuck(o) })
	d.transact(req, exchange{
		began: func(tx *sipmsg.ClientTx) { o.tx = tx },
		provisional: func(res *sipmsg.Response) {
			d.acknowledgeProvisional(res, o.seq)
		},
		final:  func(res *sipmsg.Response) { d.offerAnswered(o, res) },
		failed: func(error) { d.offering = nil; d.grant(call.WithCause(call.NoResponse, errOfferRefused)); d.lost() },
		again: func(res *sipmsg.Response) {
			if _, err := o.acks.send(toTag(res), d.srv.write); err != nil {
				d.log.Warn("ACK not repeated", "error", err)
			}
		},
	})
}

// offering is a re-INVITE of ours on its way.
type offering struct {
	req       *sipmsg.Request
	seq       uint32
	tx        *sipmsg.ClientTx
	acks      ackBook
	cancelled bool
}

// grant ends what was wished for.
func (d *dialog) grant(err error) {
	if w := d.wished; w != nil {
		d.wished = nil
		w.tell(err)
	}
}

// offerAnswered takes the final response to our re-INVITE (§14.1).
func (d *dialog) offerAnswered(o *offering, res *sipmsg.Response) {
	d.offering = nil
	d.disarm(alarmOffer)
	if res.IsSuccess() {
		d.st.retarget(res)
		ack := d.st.request(sipmsg.ACK, o.seq, d.srv.agent())
		if err := d.aimNow(ack); err == nil {
			o.acks.add(toTag(res), ack)
			_, err = o.acks.send(toTag(res), d.srv.write)
			if err != nil {
				d.log.Warn("ACK not sent", "error", err)
			}
		}
		if d.leaving {
			d.sendBYE()
			return
		}
		g, err := d.leg.answered(res.Body())
		if err == nil {
			err = d.leg.bind(g)
		}
		if err != nil { // the peer believes in a session that we cannot have
			d.log.Info("answer to re-INVITE not acceptable", "error", err)
			d.grant(err)
			d.bye(call.System, call.NotAcceptable)
			return
		}
		d.learnSession(res)
		d.grant(nil)
		d.tryOffer()
		return
	}
	if d.leaving {
		d.sendBYE()
		return
	}
	switch {
	case d.wished != nil && d.challenged(d.wished.try, res):
		d.tryOffer()
	case res.StatusCode == 491 || res.StatusCode == 500 && res.GetHeader("Retry-After") != nil:
		d.arm(alarmOffer, d.glareWait(), d.tryOffer)
	case res.StatusCode == 408 || res.StatusCode == 481:
		d.grant(call.WithCause(call.NoResponse, errOfferRefused))
		d.lost()
	case res.StatusCode == 422:
		d.grant(nil)
		d.refreshFailed(res)
	default: // the session stays as it was
		d.log.Info("re-INVITE refused", "code", res.StatusCode, "reason", res.Reason)
		d.grant(errOfferRefused)
	}
}

// offerStuck: the peer has rung long enough about a change of the session.
func (d *dialog) offerStuck(o *offering) {
	if d.offering != o {
		return
	}
	if !o.cancelled {
		o.cancelled = true
		d.transact(d.cancelOf(o.req), exchange{})
		d.arm(alarmOffer, d.cfg.Timers.giveUp(), func() { d.offerStuck(o) })
		return
	}
	if o.tx != nil {
		o.tx.Terminate()
	}
}

// glareWait is how long the one who got a 491 waits (§14.1): the owner of the
// Call-ID longer, so that the two do not meet again.
func (d *dialog) glareWait() time.Duration {
	if d.uac != nil {
		return 2100*time.Millisecond + rand.N(1900*time.Millisecond)
	}
	return rand.N(2 * time.Second)
}
