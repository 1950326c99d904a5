package sip

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/digest"
	"parley/sip/locate"
	"parley/sip/trunk"
)

// uac is the calling side of a dialog (§13.2).
type uac struct {
	quest *quest
	out   trunk.Call // the call as the trunk wants it
	// ways are the hops that are left to try (RFC 3263 §4.3), hop the one that
	// is being tried.
	ways []locate.Hop
	hop  locate.Hop

	req         *sipmsg.Request // the INVITE
	origin      state           // the dialog's, before any response
	tx          *sipmsg.ClientTx
	provisional bool   // a response has come: now we may cancel (§9.1)
	cancelling  bool   // we have lost interest
	cancelled   bool   // CANCEL has been sent
	early       string // To tag of the early media we hear
	try         *digest.Try
	settled     bool // a reliable provisional response has answered our offer
	acks        ackBook
}

// setForth sends out the first dialog of a quest, or all that ring at once.
func (d *dialog) setForth() {
	if len(d.uac.quest.ringing) == 0 {
		d.dial()
		return
	}
	for _, r := range slices.Clone(d.uac.quest.ringing) {
		r.dial()
	}
}

// dial finds the way and sends the INVITE.
func (d *dialog) dial() {
	left := time.Until(d.uac.quest.deadline)
	d.arm(alarmRing, max(left, 0), func() { d.hangup(call.System, call.NoAnswer) })
	if len(d.uac.ways) > 0 { // a telephone that has registered
		d.tryNext(nil)
		return
	}
	uri := d.nextHop()
	place, err := placeOf(uri, d.via.Transport)
	if err != nil {
		d.tryNext(err)
		return
	}
	if hop, ok := locate.Literal(place); ok {
		d.uac.ways = []locate.Hop{hop}
		d.tryNext(nil)
		return
	}
	d.srv.tails.spawn(func() {
		ctx, cancel := context.WithTimeout(d.srv.ctx, min(d.srv.lookUpTime(), max(left, time.Millisecond)))
		defer cancel()
		hops, err := d.srv.find(ctx, uri, d.via.Transport)
		d.call.post(func() {
			d.uac.ways = hops
			d.tryNext(err)
		})
	})
}

// tryNext tries the next address. err is what the last one, or the search,
// has come to.
func (d *dialog) tryNext(err error) {
	switch {
	case d.over:
	case d.uac.cancelling || d.finished():
		d.close()
	case len(d.uac.ways) == 0:
		d.log.Warn("called party not reached", "trunk", d.via.Name, "error", err)
		d.unanswered(refused{by: call.System, cause: call.Unavailable})
	default:
		d.uac.hop = d.uac.ways[0]
		d.uac.ways = d.uac.ways[1:]
		if err != nil {
			d.log.Info("another address", "trunk", d.via.Name, "remote", d.uac.hop, "after", err)
		}
		if cause, err := d.setOut(d.uac.hop); err != nil {
			d.log.Warn("call not placed", "trunk", d.via.Name, "remote", d.uac.hop, "error", err)
			r := refused{by: call.System, cause: cause}
			var own *refusal
			if errors.As(err, &own) {
				r.code, r.text = own.code, phrase(own.code)
			}
			d.unanswered(r)
		}
	}
}

// refused is how an attempt has come to nothing.
type refused struct {
	by    call.Party
	cause call.Cause
	code  int // 0: there was no response
	q850  int
	text  string
}

// refusedBy reads the response that refuses our INVITE. What the network's
// Reason says is closer to the truth than the status.
func refusedBy(res *sipmsg.Response) refused {
	r := refused{by: call.Customer, cause: call.CauseFromSIP(res.StatusCode), code: res.StatusCode, q850: q850Of(res), text: res.Reason}
	if c, ok := call.CauseFromQ850(r.q850); ok {
		r.cause = c
	}
	return r
}

// unanswered ends an attempt; the next one of the quest takes its place.
// Without one, what it has served ends too.
func (d *dialog) unanswered(r refused) {
	d.early = false
	q, c := d.uac.quest, d.call
	if q.best == nil || q.best.worse(r) {
		q.best = &r
	}
	if other := q.left(d); other != nil && !d.finished() { // another telephone rings on
		if d.carries() {
			c.current = other
		}
		d.close()
		return
	}
	if d.pinned {
		r = *q.best
	}
	if !d.uac.cancelling && !d.finished() && time.Now().Before(q.deadline) && q.goesOn(r) {
		n, err := q.next(c)
		if err == nil {
			d.log.Info("another attempt", "after", r.cause, "code", r.code, "trunk", n.via.Name)
			if d.carries() {
				c.current = n
			}
			if q.parent != nil && q.parent.transfer != nil {
				q.parent.transfer.to = n
			}
			d.close()
			n.dial()
			return
		}
		d.log.Info("no other attempt", "why", err)
		if r.code >= 300 && r.code < 400 { // it is we who do not go where they are
			r.by, r.cause = call.System, call.CauseOf(err)
		}
	}
	if p := q.parent; p != nil {
		q.parent = nil
		p.notTransferred(r.code, r.text)
	}
	if d.carries() {
		c.q850 = r.q850
	}
	d.finish(r.by, r.cause, r.code, r.text)
	d.close()
}

// goesOn tells whether r is no reason to give up.
func (q *quest) goesOn(r refused) bool {
	return len(q.redirects) > 0 || len(q.plan) > 0 && q.hunt.Matches(r.code, r.q850, r.cause)
}

// redirected notes where a 3xx sends us (§8.1.3.4): by the preference of its
// Contacts. Each has to be a place that a trunk lets us call.
func (d *dialog) redirected(res *sipmsg.Response) {
	q := d.uac.quest
	if q.followed >= d.via.Redirects {
		return
	}
	q.followed++
	type choice struct {
		target call.Target
		q      float64
	}
	var choices []choice
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*sipmsg.ContactHeader)
		if !ok || contact.Address.Host == "" || len(choices) >= maxForks {
			continue
		}
		t := q.target
		uri := *contact.Address.Clone()
		uri.Headers = nil
		t.URI, t.Trunk, t.Number = uri.String(), "", ""
		t.ByPerson = false // nobody has dialled that
		weight := 1.0
		if text, ok := contact.Params.Get("q"); ok {
			weight, _ = strconv.ParseFloat(text, 64)
		}
		choices = append(choices, choice{t, weight})
	}
	slices.SortStableFunc(choices, func(a, b choice) int { return cmp.Compare(b.q, a.q) })
	if len(choices) > 0 {
		q.plan, q.redirects = nil, nil
	}
	for _, c := range choices {
		q.redirects = append(q.redirects, c.target)
	}
}
