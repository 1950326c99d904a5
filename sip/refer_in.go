package sip

import (
	"fmt"
	"net/url"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// receiveREFER lets the peer send our end of the call to somebody else
// (RFC 3515), if its trunk may: the call, its program and its audio stay as
// they are, only the dialog beneath them changes.
func (d *dialog) receiveREFER(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	switch {
	case d.via.Refer != trunk.Accept:
		d.log.Info("REFER refused: the trunk does not allow it")
		d.srv.refuse(req, tx, 403)
		return
	case d.finished() || d.leaving || d.early:
		d.srv.refuse(req, tx, 481)
		return
	case d.transfer != nil:
		d.srv.refuse(req, tx, 491)
		return
	}
	target, replaces, err := referTarget(req)
	if err != nil {
		d.log.Info("REFER refused", "why", err)
		d.srv.refuse(req, tx, 400)
		return
	}
	target = d.atHome(target, replaces)
	silent := has(req, "Refer-Sub", "", "false")
	target.Caller, target.CallerName = d.call.info.Caller, d.call.info.CallerName
	n, err := d.call.attempt(target, d)
	if err != nil {
		d.log.Info("REFER refused", "to", target.URI, "why", err)
		d.srv.refuse(req, tx, rejectCode(call.CauseOf(err)))
		return
	}
	res := d.dialogResponse(req, 202)
	if silent { // RFC 4488
		res.AppendHeader(sipmsg.NewHeader("Refer-Sub", "false"))
	}
	d.srv.reply(tx, res)
	n.uac.quest.replaces = replaces
	if by, ok := header(req, "Referred-By", "b"); ok && !strings.ContainsAny(by, "\r\n") {
		n.uac.quest.referredBy = by
	}
	d.transfer = &transfer{to: n, seq: req.CSeq().SeqNo, silent: silent}
	d.notify(100, phrase(100), false)
	d.log.Info("call is transferred", "to", target.URI)
	n.dial()
}

// referTarget reads Refer-To: whom to call, and the dialog to replace there.
func referTarget(req *sipmsg.Request) (t call.Target, replaces string, err error) {
	list := append(req.GetHeaders("Refer-To"), req.GetHeaders("r")...)
	if len(list) != 1 {
		return t, "", fmt.Errorf("%d Refer-To headers", len(list))
	}
	text := strings.TrimSpace(list[0].Value())
	if _, rest, ok := strings.Cut(text, "<"); ok {
		text, _, _ = strings.Cut(rest, ">")
	}
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(text, &uri); err != nil {
		return t, "", fmt.Errorf("Refer-To %q: %w", text, err)
	}
	if m, ok := uri.UriParams.Get("method"); ok && !strings.EqualFold(m, "INVITE") {
		return t, "", fmt.Errorf("Refer-To asks for %s", m)
	}
	for _, h := range uri.Headers {
		if strings.EqualFold(h.K, "Replaces") {
			v, err := url.PathUnescape(h.V)
			if err != nil || strings.ContainsAny(v, "\r\n") {
				return t, "", fmt.Errorf("Refer-To: Replaces %q", h.V)
			}
			replaces = v
		}
	}
	uri.Headers = nil
	t.URI = uri.String()
	return t, replaces, nil
}

// transfer is one that the peer has asked for.
type transfer struct {
	to     *dialog
	seq    uint32 // of the REFER
	silent bool   // the peer does not want to hear of it
	last   int    // status last told
}

// notify tells the peer how far the transfer has come (RFC 3515 §2.4.4).
func (d *dialog) notify(code int, text string, last bool) {
	t := d.transfer
	if t == nil || t.silent || d.over || d.parting || code == t.last {
		return
	}
	t.last = code
	req := d.st.request(sipmsg.NOTIFY, 0, d.srv.agent())
	req.AppendHeader(sipmsg.NewHeader("Event", fmt.Sprintf("refer;id=%d", t.seq)))
	state := "active;expires=" + secondsText(d.cfg.RingTimeout+leaveTime)
	if last {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(sipmsg.NewHeader("Subscription-State", state))
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	req.SetBody(fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", code, text))
	d.transact(req, exchange{})
}

// transferred: the new dialog n was answered and carries the call from now
// on. The one who has sent us there hangs up; if it forgets, we do.
func (d *dialog) transferred(n *dialog) {
	d.notify(200, phrase(200), true)
	d.transfer = nil
	d.call.promote(n)
	if d.over {
		return
	}
	d.arm(alarmLeave, leaveTime, func() { d.bye(call.System, call.Normal) })
}

// notTransferred: the call stays where it was, if that is still there.
func (d *dialog) notTransferred(code int, text string) {
	if code < 300 {
		code, text = 503, phrase(503)
	}
	d.notify(code, text, true)
	d.transfer = nil
}

// promote makes n carry the call in place of the dialog before.
func (c *sipCall) promote(n *dialog) {
	old := c.current
	c.current = n
	if old != nil && old != n && old.leg != nil {
		old.disarm(alarmMedia)
		old.disarm(alarmSession)
	}
	c.log.Info("call goes on in another dialog", "sip_call_id", n.st.callID)
}
