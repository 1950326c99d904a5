package sip

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// reliable is a provisional response that waits for its PRACK (RFC 3262 §3).
type reliable struct {
	res       *sipmsg.Response
	rseq      uint32
	interval  time.Duration
	described bool // it carries a description
	offered   bool // which is our offer
}

var errNoEarlyMedia = errors.New("sip: no early media: the trunk does not want it")

// earlyMedia sends 183; done gets nil when audio flows.
func (d *dialog) earlyMedia(done chan<- error) {
	switch {
	case d.call.State() >= call.Early:
		done <- nil
		return
	case !d.via.EarlyMedia:
		done <- errNoEarlyMedia
		return
	}
	if err := d.provisional(183); err != nil {
		done <- err
		return
	}
	if d.call.State() >= call.Early {
		done <- nil
		return
	}
	d.uas.opening = append(d.uas.opening, done)
}

// tellEarly tells who waits for early media how that went.
func (d *dialog) tellEarly(err error) {
	if d.uas == nil {
		return
	}
	for _, done := range d.uas.opening {
		done <- err
	}
	d.uas.opening = nil
}

// provisional sends 180, or 183 with our description (§13.3.1.1): reliably if
// the caller can and may, so that it is neither lost nor overtaken.
func (d *dialog) provisional(code int) error {
	u := d.uas
	if u == nil {
		return errors.New("sip: an outgoing call is rung by the other side")
	}
	if !d.early || u.then != nil {
		return nil // answered already, or about to be
	}
	if u.reliable != nil { // one at a time; the PRACK asks for the next
		u.next = max(u.next, code)
		return nil
	}
	state := call.Ringing
	res := d.dialogResponse(u.req, code)
	reliably := u.reliably(d.via)
	var offer bool
	if code == 183 {
		body := u.answer
		switch {
		case u.agreed != nil:
			if err := d.leg.bind(u.agreed); err != nil {
				return err
			}
			state = call.Early
		case reliably:
			var err error
			if body, err = d.leg.offer(); err != nil {
				return err
			}
			offer = true
		default:
			return errors.New("sip: no early media: the INVITE made no offer")
		}
		describe(res, body)
	}
	if reliably {
		u.rseq++
		res.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
		res.AppendHeader(sipmsg.NewHeader("RSeq", strconv.FormatUint(uint64(u.rseq), 10)))
	}
	if err := d.respondInvite(res); err != nil {
		return err
	}
	u.last = code
	if reliably {
		u.reliable = &reliable{res, u.rseq, d.cfg.Timers.T1, code == 183, offer}
		d.arm(alarmReliable, u.reliable.interval, d.repeatReliable)
		d.arm(alarmPRACK, d.cfg.Timers.giveUp(), d.neverPRACKed)
	}
	d.arm(alarmProvisional, provisionalEvery, func() { _ = d.provisional(u.last) })
	if state == call.Early {
		d.flow(state)
	} else {
		d.reach(state)
	}
	return nil
}

// reliably reports whether a provisional response goes out as RFC 3262 has
// it.
func (u *uas) reliably(via *trunk.Trunk) bool {
	return has(u.req, "Require", "", "100rel") || via.PRACK != trunk.Off && supports(u.req, "100rel")
}

// firstRSeq is where the numbering begins (RFC 3262 §3: low enough).
func firstRSeq() uint32 { return rand.Uint32N(1 << 20) }

func (d *dialog) repeatReliable() {
	r := d.uas.reliable
	if r == nil {
		return
	}
	if err := d.respondInvite(r.res); err != nil {
		return
	}
	r.interval *= 2 // RFC 3262 §3: without T2's limit
	d.arm(alarmReliable, r.interval, d.repeatReliable)
}

// neverPRACKed refuses the INVITE (RFC 3262 §3: with a 5xx).
func (d *dialog) neverPRACKed() {
	d.log.Info("provisional response was never acknowledged")
	d.uas.abandonReliable(d)
	d.refuseInvite(call.System, call.NoResponse, 504)
}

// abandonReliable stops repeating what no longer matters.
func (u *uas) abandonReliable(d *dialog) {
	u.reliable, u.next = nil, 0
	d.disarm(alarmReliable)
	d.disarm(alarmPRACK)
}

// receivePRACK acknowledges a provisional response of ours (RFC 3262 §3). Its
// body answers our offer, or makes one.
func (d *dialog) receivePRACK(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	ack, ok := parseRAck(req)
	if !ok {
		d.srv.refuse(req, tx, 400)
		return
	}
	u := d.uas
	if u == nil || u.reliable == nil || ack.rseq != u.reliable.rseq || ack.method != sipmsg.INVITE || ack.cseq != u.req.CSeq().SeqNo {
		d.srv.refuse(req, tx, 481)
		return
	}
	r := u.reliable
	res := d.srv.response(req, 200)
	switch {
	case r.offered:
		g, err := d.leg.answered(req.Body())
		if err == nil {
			err = d.leg.bind(g)
		}
		if err != nil {
			d.srv.refuse(req, tx, sdpStatus(err))
			d.refuseInvite(call.System, call.NotAcceptable, 488)
			return
		}
		u.agreed, u.answer = g, nil
		d.flow(call.Early)
	case len(req.Body()) > 0:
		body, err := d.reoffered(req.Body())
		if err != nil {
			d.srv.refuse(req, tx, sdpStatus(err))
			return
		}
		describe(res, body)
		u.answer = nil // the session has moved on: the 2xx repeats no old answer
	}
	u.settled = u.settled || r.described
	next, then := u.next, u.then
	u.abandonReliable(d)
	d.srv.reply(tx, res)
	u.then = nil
	switch {
	case then != nil:
		then()
	case next != 0:
		if err := d.provisional(next); err != nil {
			d.tellEarly(err)
		}
	}
}
