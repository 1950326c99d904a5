package sip

import (
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"
)

// acknowledgeProvisional sends the PRACK of a reliable provisional response
// to the INVITE with CSeq seq (RFC 3262 §4). It reports false for a response
// that is to be passed over: a repeated one, or one that has overtaken
// another, which comes again.
func (d *dialog) acknowledgeProvisional(res *sipmsg.Response, seq uint32) bool {
	if !has(res, "Require", "", "100rel") {
		return true
	}
	rseq, ok := parseRSeq(res)
	tag := toTag(res)
	if !ok || tag == "" {
		return false
	}
	if d.pracked == nil {
		d.pracked = make(map[prackKey]uint32)
	}
	k := prackKey{tag, seq}
	if last, known := d.pracked[k]; known && rseq != last+1 || !known && len(d.pracked) >= maxForks {
		return false
	}
	d.pracked[k] = rseq
	st := d.st // the early dialog that the response makes (§12.1.2)
	if d.early {
		st.confirm(res)
	}
	req := st.request(sipmsg.PRACK, 0, d.srv.agent())
	d.st.localSeq = st.localSeq // one count for all of them
	req.AppendHeader(sipmsg.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", rseq, seq)))
	if d.uac != nil && d.early && len(res.Body()) > 0 {
		d.uac.settled = true
	}
	d.transact(req, exchange{})
	return true
}

// prackKey names what RSeq counts in: an early dialog of one INVITE.
type prackKey struct {
	tag string
	seq uint32
}
