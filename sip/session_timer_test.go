package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/call"
)

// brief makes the sessions of s last seconds, so that a test sees their end.
func brief(s *Server) {
	via := s.Trunks().All()[0]
	via.SessionTimer.Interval, via.SessionTimer.MinSE = 2*time.Second, time.Second
}

func TestSessionIntervalTooSmall(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	branch := "z9hG4bKbrief"
	p.send(req{method: "INVITE", seq: 1, branch: branch, body: sdpOf(4000), headers: "Supported: timer\r\nSession-Expires: 60\r\n"})
	res := p.response(422, "INVITE")
	if v, _ := header(res, "Min-SE", ""); v != "90" {
		t.Errorf("Min-SE %q", v)
	}
	p.send(req{method: "ACK", seq: 1, branch: branch, toTag: toTag(res)})
}

// The caller refreshes: when it stops, the call ends (RFC 4028 §10).
func TestSessionExpires(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler, brief)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "Supported: timer\r\nx: 3;refresher=uac\r\n"})
	ok := p.response(200, "INVITE")
	if v, _ := header(ok, "Session-Expires", "x"); v != "3;refresher=uac" || !has(ok, "Require", "", "timer") {
		t.Errorf("2xx:\n%s", ok)
	}
	tag := toTag(ok)
	p.send(req{method: "ACK", seq: 1, toTag: tag})
	p.send(req{method: "UPDATE", seq: 2, toTag: tag, headers: "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n"})
	if v, _ := header(p.response(200, "UPDATE"), "Session-Expires", ""); v != "2;refresher=uac" {
		t.Errorf("UPDATE: Session-Expires %s", v)
	}
	bye := p.request("BYE")
	p.respond(bye, 200, "ann", "", "")
	if e := ending(t, next(t, calls)); e.Cause != call.NoResponse {
		t.Errorf("ended: %v", e)
	}
}

// A caller that knows no timers is refreshed by us, with a re-INVITE that
// changes nothing.
func TestWeRefresh(t *testing.T) {
	s := start(t, testConfig(), answering, brief)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "Supported: timer\r\nSession-Expires: 2\r\n"})
	ok := p.response(200, "INVITE")
	if v, _ := header(ok, "Session-Expires", ""); v != "2;refresher=uas" {
		t.Errorf("Session-Expires: %s", v)
	}
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	for i := range 2 {
		again := p.request("INVITE")
		if string(again.Body()) != string(ok.Body()) {
			t.Errorf("refresh %d changes the session:\n%s\nwas\n%s", i, again.Body(), ok.Body())
		}
		if v, _ := header(again, "Session-Expires", ""); v != "2;refresher=uac" {
			t.Errorf("refresh %d: Session-Expires %s", i, v)
		}
		p.respond(again, 200, "ann", p.contact()+"Session-Expires: 2;refresher=uac\r\n", sdpOf(4000))
		p.request("ACK")
	}
	again := p.request("INVITE")
	p.respond(again, 481, "ann", "", "") // it has forgotten the dialog
	p.request("ACK")
	bye := p.request("BYE")
	p.respond(bye, 481, "ann", "", "")
}

func TestRefreshByUPDATE(t *testing.T) {
	s := start(t, testConfig(), answering, brief)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	if v, _ := header(invite, "Session-Expires", ""); v != "2" || !supports(invite, "timer") {
		t.Errorf("INVITE:\n%s", invite)
	}
	p.respond(invite, 422, "b0", "Min-SE: 3\r\n", "")
	p.request("ACK")
	again := p.request("INVITE")
	if v, _ := header(again, "Session-Expires", ""); v != "3" || again.CSeq().SeqNo != invite.CSeq().SeqNo+1 || again.CallID().Value() != invite.CallID().Value() {
		t.Errorf("second INVITE:\n%s", again)
	}
	p.respond(again, 200, "b1", p.contact()+"Allow: INVITE, UPDATE, BYE\r\nSession-Expires: 2;refresher=uac\r\n", sdpOf(4000))
	p.request("ACK")
	update := p.request("UPDATE")
	if len(update.Body()) != 0 {
		t.Errorf("UPDATE has a body:\n%s", update)
	}
	p.respond(update, 200, "b1", p.contact()+"Session-Expires: 2;refresher=uac\r\n", "")
	p.request("UPDATE") // which nobody answers any more
	bye := p.request("BYE")
	p.respond(bye, 200, "b1", "", "")
	if e := ending(t, c); e.Cause != call.NoResponse {
		t.Errorf("ended: %v", e)
	}
}

func TestGlare(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	tag := established(p)
	c := next(t, calls).(call.Holder)
	held := make(chan error, 1)
	go func() { held <- c.Hold(t.Context(), true) }()
	ours := p.request("INVITE")
	if !strings.Contains(string(ours.Body()), "a=sendonly") {
		t.Errorf("hold:\n%s", ours.Body())
	}
	for i, method := range []string{"INVITE", "UPDATE"} { // theirs crosses ours
		branch := fmt.Sprint("z9hG4bKglare", i)
		p.send(req{method: method, seq: 2 + i, toTag: tag, branch: branch, body: sdpOf(4000)})
		p.response(491, method)
		if method == "INVITE" {
			p.send(req{method: "ACK", seq: 2 + i, toTag: tag, branch: branch})
		}
	}
	p.respond(ours, 491, "ann", "", "")
	p.request("ACK")
	ours = p.request("INVITE") // after a while it tries again
	p.respond(ours, 200, "ann", p.contact(), sdpOf(4000, "a=recvonly"))
	p.request("ACK")
	if err := <-held; err != nil {
		t.Fatal(err)
	}
	// A refresh from the other side does not take the hold away.
	p.send(req{method: "UPDATE", seq: 4, toTag: tag, body: sdpOf(4000)})
	if ok := p.response(200, "UPDATE"); !strings.Contains(string(ok.Body()), "a=sendonly") {
		t.Errorf("answer while held:\n%s", ok.Body())
	}
	go func() { held <- c.Hold(t.Context(), false) }()
	ours = p.request("INVITE")
	if !strings.Contains(string(ours.Body()), "a=sendrecv") {
		t.Errorf("resume:\n%s", ours.Body())
	}
	p.respond(ours, 488, "ann", "", "")
	p.request("ACK")
	if err := <-held; err == nil {
		t.Error("a refused resume succeeded")
	}
	p.send(req{method: "BYE", seq: 5, toTag: tag})
	p.response(200, "BYE")
}

func TestINFO(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	tag := established(p)
	c := next(t, calls)
	seq := 1
	info := func(kind, body string, code int) {
		t.Helper()
		seq++
		r := req{method: "INFO", seq: seq, toTag: tag, body: body}
		if kind != "" {
			r.headers = "Content-Type: " + kind + "\r\n"
		}
		p.send(r)
		p.response(code, "INFO")
	}
	info("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 200)
	info("application/dtmf-relay", "Signal= *\r\n", 200)
	info("application/dtmf", "11", 200)
	info("application/dtmf", "b", 200)
	info("application/dtmf", "x", 400)
	info("application/dtmf-relay", "Duration=160\r\n", 400)
	info("application/media_control+xml", "<x/>", 415)
	p.raw("INFO sip:x SIP/2.0\r\nVia: SIP/2.0/UDP " + p.addr() + ";branch=z9hG4bKbare\r\nFrom: <sip:ann@example.com>;tag=ann\r\nTo: <sip:100@parley>;tag=" + tag +
		"\r\nCall-ID: " + p.callID + "\r\nCSeq: 9 INFO\r\nContent-Length: 5\r\n\r\nhello") // no Content-Type
	p.seq["INFO"] = 9
	p.response(415, "INFO")
	p.send(req{method: "INFO", seq: 10, toTag: tag})
	p.response(200, "INFO")
	var got string
	for d, ok := c.Stream().ReadDigit(); ok; d, ok = c.Stream().ReadDigit() {
		got += string(d.Tone)
		if d.Tone == '5' && d.Samples != 1280 {
			t.Errorf("digit 5 has %d samples", d.Samples)
		}
	}
	if got != "5*#B" {
		t.Errorf("digits %q", got)
	}
	p.send(req{method: "BYE", seq: 11, toTag: tag})
	p.response(200, "BYE")
}
