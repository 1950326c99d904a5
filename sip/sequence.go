package sip

import (
	"slices"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// orderWait is how long a request waits for one that should have come before
// it: sipgo hands every message up on a goroutine of its own, so two that
// came together can change places.
const orderWait = 50 * time.Millisecond

// maxHeld bounds the requests that wait.
const maxHeld = 8

// sequence puts the requests of a dialog back in the order of their CSeq.
type sequence struct{ held []heldRequest }

type heldRequest struct {
	req *sipmsg.Request
	tx  *sipmsg.ServerTx
}

func (h heldRequest) seq() uint32 { return h.req.CSeq().SeqNo }

// inOrder serves req when its turn has come (§12.2.2). One that is older than
// what was served gets 500. A gap is legal, so nobody waits long.
func (d *dialog) inOrder(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if req.IsCancel() { // has the CSeq of its INVITE
		d.request(req, tx)
		return
	}
	seq := req.CSeq().SeqNo
	switch {
	case d.st.remoteSeq != 0 && seq <= d.st.remoteSeq:
		d.srv.refuse(req, tx, 500)
		return
	case d.st.remoteSeq != 0 && seq > d.st.remoteSeq+1 && len(d.seen.held) < maxHeld:
		d.seen.held = append(d.seen.held, heldRequest{req, tx})
		d.arm(alarmOrder, orderWait, func() { d.release(true) })
		return
	}
	d.serve(req, tx)
	d.release(false)
}

func (d *dialog) serve(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d.st.remoteSeq = req.CSeq().SeqNo
	d.request(req, tx)
}

// release serves what was held: all of it, or what follows without a gap.
func (d *dialog) release(all bool) {
	slices.SortStableFunc(d.seen.held, func(a, b heldRequest) int { return int(a.seq()) - int(b.seq()) })
	for len(d.seen.held) > 0 {
		h := d.seen.held[0]
		if !all && h.seq() > d.st.remoteSeq+1 {
			return
		}
		d.seen.held = d.seen.held[1:]
		if h.seq() <= d.st.remoteSeq {
			d.srv.refuse(h.req, h.tx, 500)
			continue
		}
		d.serve(h.req, h.tx)
	}
	d.disarm(alarmOrder)
}
