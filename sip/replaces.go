package sip

import (
	"math"
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// replaced names a dialog as RFC 3891 §6.1 has it.
type replaced struct {
	callID, toTag, fromTag string
	earlyOnly              bool
}

// parseReplaces reads the Replaces header; there is false if there is none,
// ok if it is a good one.
func parseReplaces(req *sipmsg.Request) (r replaced, there, ok bool) {
	list := req.GetHeaders("Replaces")
	if len(list) == 0 {
		return r, false, true
	}
	id, params := value(list[0].Value())
	_, early := params["early-only"]
	r = replaced{id, params["to-tag"], params["from-tag"], early}
	return r, true, len(list) == 1 && r.callID != "" && r.toTag != "" && r.fromTag != ""
}

// receiveReplacing serves an INVITE that takes the place of a dialog of ours
// (RFC 3891 §3): the call goes on, with another party at its end. Who knows
// both tags has been let in on it by one of the parties.
func (s *Server) receiveReplacing(req *sipmsg.Request, tx *sipmsg.ServerTx, r replaced, from netip.AddrPort) {
	d := s.calls.named(dialogKey{r.callID, r.toTag})
	if d == nil || !d.call.postBounded(func() { d.replacedBy(req, tx, r, from) }) {
		s.refuse(req, tx, 481)
	}
}

func (d *dialog) replacedBy(req *sipmsg.Request, tx *sipmsg.ServerTx, r replaced, from netip.AddrPort) {
	c, s := d.call, d.srv
	switch {
	case d.over, d.st.remoteTag != r.fromTag:
		s.refuse(req, tx, 481)
		return
	case d.leaving || d.finished():
		s.refuse(req, tx, 603)
		return
	case d.early && d.uas != nil: // RFC 3891 §3: only what we have begun
		s.refuse(req, tx, 481)
		return
	case !d.early && r.earlyOnly:
		s.refuse(req, tx, 486)
		return
	case !d.carries():
		s.refuse(req, tx, 491)
		return
	}
	n := c.newDialog(serverState(req))
	n.via = d.via
	n.uas = &uas{req: req, tx: tx, rseq: firstRSeq()}
	n.incoming = inviteKeyOf(req)
	if added, _ := s.calls.addIncoming(n, n.incoming, math.MaxInt); !added {
		n.close()
		s.refuse(req, tx, 482)
		return
	}
	s.reply(tx, s.response(req, 100))
	if err := n.prepare(from); err != nil {
		c.log.Info("INVITE with Replaces refused", "why", err)
		n.close()
		s.refuse(req, tx, sdpStatus(err))
		return
	}
	tx.OnCancel(n.onCancel())
	n.arm(alarmRing, n.cfg.RingTimeout, func() { n.hangup(call.System, call.NoAnswer) })
	c.promote(n)
	n.accept(make(chan error, 1))
	d.hangup(call.System, call.Normal)
}
