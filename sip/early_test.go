package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// stepping is a Handler that does what the test asks of the call, and then
// waits for its end.
func stepping() (h call.Handler, calls <-chan call.Call) {
	ch := make(chan call.Call, 16)
	return func(ctx context.Context, c call.Call) error {
		ch <- c
		<-ctx.Done()
		return context.Cause(ctx)
	}, ch
}

func rackOf(rseq string) string { return "RAck: " + rseq + " 1 INVITE\r\n" }

// A reliable 183 is repeated until its PRACK; the answer waits for it
// (RFC 3262 §3).
func TestReliableProvisional(t *testing.T) {
	handler, calls := stepping()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "Supported: 100rel\r\n"})
	c := next(t, calls)
	if err := c.EarlyMedia(); err != nil {
		t.Fatal(err)
	}
	first := p.response(183, "INVITE")
	rseq, ok := header(first, "RSeq", "")
	if !ok || !has(first, "Require", "", "100rel") || len(first.Body()) == 0 {
		t.Fatalf("183:\n%s", first)
	}
	answered := make(chan error, 1)
	go func() { answered <- c.Answer() }()
	again := p.response(183, "INVITE") // nobody has acknowledged it
	if v, _ := header(again, "RSeq", ""); v != rseq {
		t.Errorf("repeated with RSeq %s, was %s", v, rseq)
	}
	if len(answered) != 0 {
		t.Error("answered before the PRACK")
	}
	tag := toTag(first)
	p.send(req{method: "PRACK", seq: 2, toTag: tag, headers: "RAck: 1 1 INVITE\r\n"})
	p.response(481, "PRACK")
	p.send(req{method: "PRACK", seq: 3, toTag: tag, headers: "RAck: nonsense\r\n"})
	p.response(400, "PRACK")
	p.send(req{method: "PRACK", seq: 4, toTag: tag, headers: rackOf(rseq)})
	p.response(200, "PRACK")
	p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: tag})
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	p.send(req{method: "BYE", seq: 5, toTag: tag})
	p.response(200, "BYE")
}

func TestProvisionalsWaitForEachOther(t *testing.T) {
	handler, calls := stepping()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "Require: 100rel\r\n"})
	c := next(t, calls)
	if err := c.Ring(); err != nil {
		t.Fatal(err)
	}
	early := make(chan error, 1)
	go func() { early <- c.EarlyMedia() }()
	ringing := p.response(180, "INVITE")
	first, _ := parseRSeq(ringing)
	tag := toTag(ringing)
	p.send(req{method: "PRACK", seq: 2, toTag: tag, headers: rackOf(fmt.Sprint(first))})
	progress := p.response(183, "INVITE")
	if second, _ := parseRSeq(progress); second != first+1 {
		t.Errorf("RSeq %d follows %d", second, first)
	}
	p.send(req{method: "PRACK", seq: 3, toTag: tag, headers: rackOf(fmt.Sprint(first + 1))})
	p.response(200, "PRACK")
	if err := <-early; err != nil {
		t.Error(err)
	}
	c.Hangup(call.System, call.Busy)
	p.response(486, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: tag})
}

func TestMissingPRACK(t *testing.T) {
	handler, calls := stepping()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	branch := "z9hG4bKprack"
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "Supported: 100rel\r\n", branch: branch})
	c := next(t, calls)
	if err := c.EarlyMedia(); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() { answered <- c.Answer() }()
	res := p.response(504, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(res), branch: branch})
	if e := ending(t, c); e.Cause != call.NoResponse {
		t.Errorf("ended: %v", e)
	}
	if err := <-answered; err == nil {
		t.Error("Answer succeeded")
	}
}

// Without an offer in the INVITE the reliable 183 makes it, and the PRACK
// answers.
func TestEarlyMediaWithLateOffer(t *testing.T) {
	handler, calls := stepping()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, headers: "Supported: 100rel\r\n"})
	c := next(t, calls)
	early := make(chan error, 1)
	go func() { early <- c.EarlyMedia() }()
	offer := p.response(183, "INVITE")
	if !strings.Contains(string(offer.Body()), "RTP/AVP 0 8 101") {
		t.Fatalf("offer:\n%s", offer.Body())
	}
	rseq, _ := header(offer, "RSeq", "")
	tag := toTag(offer)
	p.send(req{method: "PRACK", seq: 2, toTag: tag, headers: rackOf(rseq), body: sdpOf(4000)})
	p.response(200, "PRACK")
	if err := <-early; err != nil || c.State() != call.Early || c.Stream() == nil {
		t.Fatalf("early media: %v, state %v", err, c.State())
	}
	go func() { _ = c.Answer() }()
	ok := p.response(200, "INVITE")
	if strings.Contains(string(ok.Body()), "101 telephone-event/8000\r\na=rtpmap:8") {
		t.Errorf("the 2xx makes another offer:\n%s", ok.Body())
	}
	p.send(req{method: "ACK", seq: 1, toTag: tag})
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	p.send(req{method: "BYE", seq: 3, toTag: tag})
	p.response(200, "BYE")
}

// We acknowledge what the callee sends reliably, once and in order
// (RFC 3262 §4); then early sessions can be changed by UPDATE.
func TestPRACKAndUpdateOfOutgoingCall(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	if !supports(invite, "100rel") {
		t.Errorf("INVITE does not offer 100rel:\n%s", invite)
	}
	p.respond(invite, 183, "b1", p.contact()+"Require: 100rel\r\nRSeq: 7\r\n", sdpOf(4000))
	prack := p.request("PRACK")
	if v, _ := header(prack, "RAck", ""); v != fmt.Sprintf("7 %d INVITE", invite.CSeq().SeqNo) || toTag(prack) != "b1" {
		t.Errorf("PRACK:\n%s", prack)
	}
	p.respond(prack, 200, "b1", "", "")
	p.respond(invite, 183, "b1", p.contact()+"Require: 100rel\r\nRSeq: 7\r\n", sdpOf(4000)) // again
	p.respond(invite, 180, "b1", p.contact()+"Require: 100rel\r\nRSeq: 9\r\n", "")          // has overtaken 8
	p.respond(invite, 180, "b1", p.contact()+"Require: 100rel\r\nRSeq: 8\r\n", "")
	prack = p.request("PRACK")
	if v, _ := header(prack, "RAck", ""); !strings.HasPrefix(v, "8 ") {
		t.Errorf("PRACK for %s", v)
	}
	p.respond(prack, 200, "b1", "", "")
	p.callID = invite.CallID().Value()
	p.within(invite, "b1", "UPDATE", 1, "", sdpOf(4002, "a=sendonly"))
	ok := p.response(200, "UPDATE")
	if !strings.Contains(string(ok.Body()), "a=recvonly") {
		t.Errorf("answer:\n%s", ok.Body())
	}
	p.respond(invite, 200, "b1", p.contact(), "")
	p.request("ACK")
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	p.within(invite, "b1", "BYE", 2, "", "")
	p.response(200, "BYE")
}

// within sends a request in the dialog of an INVITE that the server has made.
func (p *peer) within(invite *sipmsg.Request, tag, method string, seq int, headers, body string) {
	p.t.Helper()
	if body != "" && !strings.Contains(headers, "Content-Type") {
		headers += "Content-Type: application/sdp\r\n"
	}
	p.seq[method] = seq
	p.raw(fmt.Sprintf("%s sip:parley@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s\r\nFrom: <sip:bob@x>;tag=%s\r\nTo: <sip:4711@x>;tag=%s\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:bob@%s>\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s", method, p.to, p.addr(), sipmsg.GenerateBranch(),
		tag, fromTag(invite), invite.CallID().Value(), seq, method, p.addr(), headers, len(body), body))
}

// Early media that has to wait for the PRACK of a ringing flows when
// EarlyMedia returns.
func TestEarlyMediaBehindRinging(t *testing.T) {
	handler, calls := stepping()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "Supported: 100rel\r\n"})
	c := next(t, calls)
	if err := c.Ring(); err != nil {
		t.Fatal(err)
	}
	flows := make(chan bool, 1)
	go func() { flows <- c.EarlyMedia() == nil && c.Stream() != nil }()
	ringing := p.response(180, "INVITE")
	rseq, _ := header(ringing, "RSeq", "")
	p.send(req{method: "PRACK", seq: 2, toTag: toTag(ringing), headers: rackOf(rseq)})
	progress := p.response(183, "INVITE")
	if !<-flows {
		t.Error("EarlyMedia returned without audio")
	}
	rseq, _ = header(progress, "RSeq", "")
	p.send(req{method: "PRACK", seq: 3, toTag: toTag(ringing), headers: rackOf(rseq)})
	p.response(200, "PRACK")
	go func() { flows <- c.EarlyMedia() == nil }()
	if !<-flows {
		t.Error("EarlyMedia again failed")
	}
	c.Hangup(call.System, call.Busy)
	p.response(486, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ringing)})
}
