package sip

import (
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

func TestUnwrap(t *testing.T) {
	const part = "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n"
	const isup = "--b\r\nContent-Type: application/ISUP;version=itu-t92+\r\nContent-Disposition: signal;handling=HANDLING\r\n\r\n\x01\x02\r\n"
	for name, c := range map[string]struct {
		kind, body string
		ok         bool
		want       string
	}{
		"a description":         {"application/sdp", "v=0\r\n", true, "v=0\r\n"},
		"a description alone":   {`multipart/mixed;boundary=b`, part + "--b--\r\n", true, "v=0\r\n"},
		"beside optional ISUP":  {`multipart/mixed; boundary="b"`, part + strings.Replace(isup, "HANDLING", "optional", 1) + "--b--\r\n", true, "v=0\r\n"},
		"behind optional ISUP":  {`Multipart/Mixed;boundary=b`, strings.Replace(isup, "HANDLING", "optional", 1) + part + "--b--\r\n", true, "v=0\r\n"},
		"beside required ISUP":  {`multipart/mixed;boundary=b`, part + strings.Replace(isup, "HANDLING", "required", 1) + "--b--\r\n", false, ""},
		"no description":        {`multipart/mixed;boundary=b`, strings.Replace(isup, "HANDLING", "optional", 1) + "--b--\r\n", true, ""},
		"no boundary":           {`multipart/mixed`, part, false, ""},
		"without its end":       {`multipart/mixed;boundary=b`, part, false, ""},
		"more parts than there": {`multipart/mixed;boundary=b`, strings.Repeat(strings.Replace(isup, "HANDLING", "optional", 1), 20) + "--b--\r\n", false, ""},
	} {
		req := sipmsg.NewRequest(sipmsg.INVITE, sipmsg.Uri{Host: "x"})
		kind := sipmsg.ContentTypeHeader(c.kind)
		req.AppendHeader(&kind)
		req.SetBody([]byte(c.body))
		ok := unwrap(req)
		if ok != c.ok || ok && strings.TrimRight(string(req.Body()), "\r\n") != strings.TrimRight(c.want, "\r\n") {
			t.Errorf("%s: %v, %q", name, ok, req.Body())
		}
		if ok && c.want != "" && !isSDP(req.ContentType().Value()) {
			t.Errorf("%s: Content-Type is %v", name, req.ContentType())
		}
	}
}
