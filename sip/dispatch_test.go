package sip

import (
	"strings"
	"testing"
	"time"
)

// TestRefusals: what cannot be served gets the status that the RFC names.
func TestRefusals(t *testing.T) {
	s := start(t, testConfig(), answering)
	tests := []struct {
		name   string
		req    req
		code   int
		header string // that must be there
	}{
		{"options", req{method: "OPTIONS", seq: 1}, 200, "Accept: application/sdp"},
		{"options at the last hop", req{method: "OPTIONS", seq: 1, noMaxForwards: true, headers: "Max-Forwards: 0\r\n"}, 200, "Allow: " + allowed},
		{"too many hops", req{method: "INVITE", seq: 1, noMaxForwards: true, headers: "Max-Forwards: 0\r\n"}, 483, ""},
		{"extension", req{method: "INVITE", seq: 1, headers: "Require: path\r\nRequire: timer, gruu\r\n"}, 420, "Unsupported: path, gruu"},
		{"register", req{method: "REGISTER", seq: 1}, 405, "Allow: " + allowed},
		{"message", req{method: "MESSAGE", seq: 1}, 405, ""},
		{"unheard of", req{method: "DANCE", seq: 1}, 501, ""},
		{"stray bye", req{method: "BYE", seq: 1}, 481, ""},
		{"stray cancel", req{method: "CANCEL", seq: 1}, 481, ""},
		{"unknown dialog", req{method: "BYE", seq: 1, toTag: "gone"}, 481, ""},
		{"invite in unknown dialog", req{method: "INVITE", seq: 1, toTag: "gone", body: sdpOf(4000)}, 481, ""},
		{"content type", req{method: "INVITE", seq: 1, body: "hello", headers: "Content-Type: text/plain\r\n"}, 415, "Accept: application/sdp"},
		{"scheme", req{method: "INVITE", seq: 1, uri: "http://example.com/"}, 416, ""},
		{"not sdp", req{method: "INVITE", seq: 1, body: "v=0\r\nhello\r\n"}, 400, ""},
		{"video only", req{method: "INVITE", seq: 1, body: strings.Replace(sdpOf(4000), "audio", "video", 1)}, 488, ""},
		{"no common codec", req{method: "INVITE", seq: 1, body: strings.Replace(sdpOf(4000), "0 8 101", "18 101", 1)}, 488, ""},
		{"srtp", req{method: "INVITE", seq: 1, body: strings.Replace(sdpOf(4000), "RTP/AVP", "RTP/SAVP", 1)}, 488, ""},
	}
	for _, test := range tests {
		p := newPeer(t, s)
		p.send(test.req)
		res := p.response(test.code, test.req.method)
		if name, value, ok := strings.Cut(test.header, ": "); ok {
			if h := res.GetHeader(name); h == nil || h.Value() != value {
				t.Errorf("%s: %s: %v, want %s", test.name, name, h, value)
			}
		}
	}
}

func TestMalformedRequests(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	bad := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	p.raw(bad("INVITE sip:100@x SIP/2.0\nVia: SIP/2.0/UDP " + p.addr() + ";branch=z9hG4bK1\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\n" +
		"Call-ID: 1\nCSeq: many INVITE\nContent-Length: 0\n\n"))
	// The 400 repeats the broken CSeq, so it cannot be parsed either.
	buf := make([]byte, 2048)
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	if n, err := p.conn.Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), "SIP/2.0 400 Bad Request\r\n") || !strings.Contains(string(buf[:n]), "CSeq: many INVITE") {
		t.Errorf("%v: %s", err, buf[:n])
	}
	p.raw(bad("OPTIONS sip:100@x SIP/2.0\nVia: SIP/2.0/UDP " + p.addr() + ";branch=z9hG4bK2\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\n" +
		"Call-ID: 2\nCSeq: 1 INVITE\nContent-Length: 0\n\n"))
	p.response(400, "INVITE") // CSeq names another method
	p.raw("\x00\xff\x17 not sip at all")
	p.raw("\r\n\r\n")
	eventually(t, "garbage counted", func() bool { return s.Stats().Malformed == 3 })
	p.send(req{method: "OPTIONS", seq: 1})
	p.response(200, "OPTIONS")
}
