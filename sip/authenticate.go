package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/digest"
)

// authorize gives req the credentials that its trunk has asked for before
// (RFC 3261 §22.3).
func authorize(req *sipmsg.Request, try *digest.Try) {
	if try == nil {
		return
	}
	for _, h := range try.Authorize(string(req.Method), req.Recipient.String(), req.Body()) {
		req.AppendHeader(sipmsg.NewHeader(h.Name, h.Value))
	}
}

// challenged takes a 401 or 407 to a request of ours; true means that there
// are credentials to send it with again.
func (d *dialog) challenged(try *digest.Try, res *sipmsg.Response) bool {
	if res.StatusCode != 401 && res.StatusCode != 407 || try == nil {
		return false
	}
	if err := try.Challenged(res.StatusCode, challenges(res)); err != nil {
		d.log.Warn("request not authorized: check sip.trunks auth", "trunk", d.via.Name, "method", res.CSeq().MethodName, "error", err)
		return false
	}
	return true
}

// challenges are the values of the header that belongs to a 401 or 407.
func challenges(res *sipmsg.Response) (values []string) {
	name := "WWW-Authenticate"
	if res.StatusCode == 407 {
		name = "Proxy-Authenticate"
	}
	for _, h := range res.GetHeaders(name) {
		values = append(values, h.Value())
	}
	return values
}

// try begins a request that may be challenged; nil without an account.
func (d *dialog) try() *digest.Try {
	c := d.via.Digest()
	if c == nil {
		return nil
	}
	return c.Begin()
}

// again is req as it is sent once more, with better credentials: in a
// transaction of its own, with the next CSeq.
func (d *dialog) again(req *sipmsg.Request, try *digest.Try) *sipmsg.Request {
	next := req.Clone()
	next.RemoveHeader("Authorization")
	next.RemoveHeader("Proxy-Authorization")
	d.st.localSeq++
	next.CSeq().SeqNo = d.st.localSeq
	next.Via().Params.Add("branch", sipmsg.GenerateBranch())
	authorize(next, try)
	return next
}
