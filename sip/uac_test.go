package sip

import (
	"fmt"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// dialed makes s call p and returns the call and the INVITE.
func dialed(p *peer, s *Server, mutate ...func(*call.Target)) (call.Call, *sipmsg.Request) {
	p.t.Helper()
	target := call.Target{URI: "sip:bob@" + p.addr(), Caller: "4711", CallerName: "Parley"}
	for _, m := range mutate {
		m(&target)
	}
	c, err := s.Originate(p.t.Context(), target)
	if err != nil {
		p.t.Fatal(err)
	}
	return c, p.request("INVITE")
}

func (p *peer) contact() string { return "Contact: <sip:bob@" + p.addr() + ">\r\n" }

// hangUp releases an answered call from the peer's side.
func (p *peer) hangUp(invite *sipmsg.Request, tag string) {
	p.t.Helper()
	p.callID = invite.CallID().Value()
	p.raw(fmt.Sprintf("BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s\r\nFrom: <sip:bob@x>;tag=%s\r\nTo: <sip:4711@x>;tag=%s\r\n"+
		"Call-ID: %s\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n", invite.Contact().Address.String(), p.addr(), sipmsg.GenerateBranch(),
		tag, fromTag(invite), p.callID))
	p.response(200, "BYE")
}

func TestOutgoingCall(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s, func(t *call.Target) { t.Headers = map[string]string{"X-Task": "7"} })
	if invite.Recipient.User != "bob" || invite.From().Address.User != "4711" || invite.GetHeader("X-Task").Value() != "7" ||
		invite.GetHeader("User-Agent").Value() != "Parley/test" {
		t.Errorf("INVITE:\n%s", invite)
	}
	if c.State() != call.Dialing {
		t.Errorf("state %v", c.State())
	}
	p.respond(invite, 100, "", "", "")
	p.respond(invite, 180, "b1", p.contact(), "")
	if err := c.Await(t.Context(), call.Ringing); err != nil {
		t.Fatal(err)
	}
	for range 15 { // any number of provisional responses
		p.respond(invite, 182, "b1", p.contact(), "")
	}
	p.respond(invite, 183, "b1", p.contact(), sdpOf(4000))
	if err := c.Await(t.Context(), call.Early); err != nil || c.Stream() == nil {
		t.Fatalf("Await: %v", err)
	}
	p.respond(invite, 200, "b1", p.contact(), sdpOf(4000))
	ack := p.request("ACK")
	if ack.CSeq().SeqNo != invite.CSeq().SeqNo || toTag(ack) != "b1" {
		t.Errorf("ACK:\n%s", ack)
	}
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	p.respond(invite, 200, "b1", p.contact(), sdpOf(4000)) // our ACK was lost
	if again := p.request("ACK"); toTag(again) != "b1" {
		t.Errorf("ACK:\n%s", again)
	}
	p.hangUp(invite, "b1")
	if e := ending(t, c); e.By != call.Customer || e.Cause != call.Normal {
		t.Errorf("ended: %v", e)
	}
}

// A second 2xx from another phone is acknowledged and released (§13.2.2.4),
// over its own routes; the first call goes on.
func TestForkedAnswer(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	p.respond(invite, 200, "b1", p.contact(), sdpOf(4000))
	p.request("ACK")
	p.respond(invite, 200, "b2", p.contact(), sdpOf(4002))
	if ack := p.request("ACK"); toTag(ack) != "b2" {
		t.Errorf("ACK:\n%s", ack)
	}
	bye := p.request("BYE")
	if toTag(bye) != "b2" {
		t.Errorf("BYE:\n%s", bye)
	}
	p.respond(bye, 200, "b2", "", "")
	if err := c.Await(t.Context(), call.Answered); err != nil { // the fork may be done with first
		t.Error(err)
	}
	p.hangUp(invite, "b1")
}

// Requests within the dialog follow the Record-Route of the 2xx, reversed, to
// the Contact (§12.1.2, §12.2.1.1).
func TestRouteSet(t *testing.T) {
	s := start(t, testConfig(), answering)
	p, proxy := newPeer(t, s), newPeer(t, s)
	c, invite := dialed(p, s)
	p.respond(invite, 200, "b1", p.contact()+
		"Record-Route: <sip:far.example.com;lr>\r\nRecord-Route: <sip:"+proxy.addr()+";lr>\r\n", sdpOf(4000))
	ack := proxy.request("ACK")
	routes := ack.GetHeaders("Route")
	if ack.Recipient.String() != "sip:bob@"+p.addr() || len(routes) != 2 || routes[1].Value() != "<sip:far.example.com;lr>" {
		t.Errorf("ACK:\n%s", ack)
	}
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.Agent, call.Normal)
	bye := proxy.request("BYE")
	if len(bye.GetHeaders("Route")) != 2 || bye.CSeq().SeqNo != invite.CSeq().SeqNo+1 {
		t.Errorf("BYE:\n%s", bye)
	}
	proxy.respond(bye, 200, "b1", "", "")
}

func TestStrictRoute(t *testing.T) {
	parse := func(s string) (u sipmsg.Uri) {
		if err := sipmsg.ParseUri(s, &u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	st := state{target: parse("sip:bob@192.0.2.9"), routes: []sipmsg.Uri{parse("sip:192.0.2.1"), parse("sip:192.0.2.2;lr")}}
	req := st.request(sipmsg.BYE, 0, "")
	var routes []string
	for _, h := range req.GetHeaders("Route") {
		routes = append(routes, h.Value())
	}
	if req.Recipient.String() != "sip:192.0.2.1" || strings.Join(routes, " ") != "<sip:192.0.2.2;lr> <sip:bob@192.0.2.9>" {
		t.Errorf("BYE:\n%s", req)
	}
}

func TestFailureCodes(t *testing.T) {
	s := start(t, testConfig(), answering)
	for code, want := range map[int]call.Cause{404: call.NotFound, 486: call.Busy, 503: call.Congestion, 603: call.Rejected, 302: call.Unavailable} {
		p := newPeer(t, s)
		c, invite := dialed(p, s)
		p.respond(invite, code, "b1", "", "")
		p.request("ACK")
		if e := ending(t, c); e.By != call.Customer || e.Cause != want || e.Code != code || e.Reason == "" {
			t.Errorf("%d: ended: %v", code, e)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, _ := dialed(p, s)
	if e := ending(t, c); e.Cause != call.NoResponse { // Timer B
		t.Errorf("ended: %v", e)
	}
}

func TestUnacceptableAnswer(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	p.respond(invite, 200, "b1", p.contact(), strings.Replace(sdpOf(4000), "audio 4000", "audio 0", 1))
	p.request("ACK")
	p.respond(p.request("BYE"), 200, "b1", "", "")
	if e := ending(t, c); e.Cause != call.NotAcceptable {
		t.Errorf("ended: %v", e)
	}
}

func TestOriginateRefusesNonsense(t *testing.T) {
	s := start(t, testConfig(), answering)
	for _, target := range []call.Target{
		{URI: ""}, {URI: "tel:+4930123"}, {URI: "http:bob@192.0.2.1"}, {URI: "sip:bob@192.0.2.1;transport=sctp"},
		{URI: "sip:bob@192.0.2.1", Headers: map[string]string{"X-A": "1\r\nEvil: 2"}},
		{URI: "sip:bob@192.0.2.1", Headers: map[string]string{"Call-ID": "mine"}},
		{URI: "sip:bob@192.0.2.1", CallerName: "\"\r\n"}, {URI: "sip:bob@192.0.2.1", Caller: "a@b"},
		{URI: "sip:bob\r\nEvil: 2@192.0.2.1"},
	} {
		if c, err := s.Originate(t.Context(), target); err == nil {
			t.Errorf("%+v was dialed", target)
			c.Hangup(call.System, call.Normal)
		}
	}
}
