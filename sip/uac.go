package sip

import (
	"context"
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// uac is the calling side of a dialog (§13.2).
type uac struct {
	target call.Target
	// parent is the dialog whose transfer this one serves, nil if it is the
	// call itself.
	parent *dialog
	// ways are the addresses that are left to try (RFC 3263 §4.3).
	ways []netip.AddrPort

	req         *sipmsg.Request // the INVITE
	origin      state           // the dialog's, before any response
	tx          *sipmsg.ClientTx
	provisional bool   // a response has come: now we may cancel (§9.1)
	cancelling  bool   // we have lost interest
	cancelled   bool   // CANCEL has been sent
	early       string // To tag of the early media we hear
	settled     bool   // a reliable provisional response has answered our offer
	acks        ackBook
}

// dial finds the way and sends the INVITE.
func (d *dialog) dial() {
	timeout := d.uac.target.RingTimeout
	if timeout <= 0 {
		timeout = d.cfg.RingTimeout
	}
	d.arm(alarmRing, timeout, func() { d.hangup(call.System, call.NoAnswer) })
	uri := d.st.target
	if addr, err := resolveLiteral(uri); err == nil {
		d.uac.ways = []netip.AddrPort{addr}
		d.tryNext(nil)
		return
	}
	d.srv.tails.spawn(func() {
		ctx, cancel := context.WithTimeout(d.srv.ctx, min(setupTimeout, timeout))
		defer cancel()
		addr, err := resolve(ctx, uri, d.srv.reachable)
		d.call.post(func() {
			if err == nil {
				d.uac.ways = []netip.AddrPort{addr}
			}
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
		d.log.Warn("called party not reached", "error", err)
		d.unanswered(call.System, call.Unavailable, 0, "")
	default:
		addr := d.uac.ways[0]
		d.uac.ways = d.uac.ways[1:]
		if cause, err := d.setOut(addr); err != nil {
			d.log.Warn("call not placed", "remote", addr, "error", err)
			d.unanswered(call.System, cause, 0, "")
		}
	}
}

// unanswered ends a dialog that has come to nothing, by whatever it served.
func (d *dialog) unanswered(by call.Party, cause call.Cause, code int, text string) {
	d.early = false
	if p := d.uac.parent; p != nil {
		d.uac.parent = nil
		p.notTransferred(code, text)
	}
	d.finish(by, cause, code, text)
	d.close()
}
