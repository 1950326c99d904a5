package sip

import (
	"fmt"
	"net/url"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// mayRefer refuses targets that the trunk of the call would not be allowed to
// call: whoever is asked to call them may do so at our cost. A number becomes
// what the trunk makes of those that are called over it.
func (c *sipCall) mayRefer(to *call.Transfer) error {
	number := to.Number
	if number == "" {
		var uri sipmsg.Uri
		if err := sipmsg.ParseUri(to.URI, &uri); err != nil {
			return fmt.Errorf("transfer to %q: %w", to.URI, err)
		}
		number = user(uri)
	}
	via := c.srv.Trunks().Trunk(c.info.Trunk)
	if via == nil { // our own telephones
		if c.srv.Trunks().Emergency(number) {
			return call.WithCause(call.Restricted, fmt.Errorf("transfer to %q: emergency numbers are dialled by people only", number))
		}
		return nil
	}
	out, err := via.Outgoing(trunk.Call{Called: number})
	if err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	if to.Number != "" {
		to.Number = out.Called
	}
	return nil
}

// replacesOf is the Replaces part of Refer-To, empty for a blind transfer.
func replacesOf(to call.Transfer) (string, error) {
	if to.Replaces == nil {
		return "", nil
	}
	other, ok := to.Replaces.(*sipCall)
	if !ok {
		return "", fmt.Errorf("transfer to %q: the other call is not a SIP call", to.URI)
	}
	return other.replaceable()
}

// referTo is the value of Refer-To: the URI, with the dialog that the new
// call is to replace (RFC 3891 §7).
func (d *dialog) referTo(to call.Transfer, replaces string) (string, error) {
	if strings.ContainsAny(to.URI+to.Number, " \r\n\"<>") || to.URI == "" && strings.ContainsAny(to.Number, "@:;?") {
		return "", fmt.Errorf("transfer to %q: forbidden character", to.URI+to.Number)
	}
	if to.URI == "" {
		to.URI = d.beside(to.Number)
	}
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(to.URI, &uri); err != nil {
		return "", fmt.Errorf("transfer to %q: %w", to.URI, err)
	}
	if replaces == "" {
		return "<" + to.URI + ">", nil
	}
	mark := "?"
	if strings.Contains(to.URI, "?") {
		mark = "&"
	}
	return "<" + to.URI + mark + "Replaces=" + url.PathEscape(replaces) + ">", nil
}

// beside is the URI of a number of the peer's own: at the host and over the
// transport at which it takes the requests of this dialog.
func (d *dialog) beside(number string) string {
	uri := sipmsg.Uri{Scheme: d.st.target.Scheme, User: number, Host: d.st.target.Host, Port: d.st.target.Port}
	if t, ok := d.st.target.UriParams.Get("transport"); ok {
		uri.UriParams = sipmsg.HeaderParams{{K: "transport", V: t}}
	}
	return uri.String()
}

// replaceable names c's dialog as the peer at its far end knows it: the far
// end's tag is the "to" of the one who replaces us (RFC 3891 §3).
func (c *sipCall) replaceable() (string, error) {
	var text string
	err := c.ask(func(d *dialog, done chan<- error) {
		if d.early {
			done <- errNotAnswered
			return
		}
		text = fmt.Sprintf("%s;to-tag=%s;from-tag=%s", d.st.callID, d.st.remoteTag, d.st.localTag)
		done <- nil
	})
	return text, err
}
