package sip

import (
	"fmt"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// notified answers the next NOTIFY of a transfer and returns its status line.
func (p *peer) notified(tag string) string {
	p.t.Helper()
	n := p.request("NOTIFY")
	p.respond(n, 200, tag, "", "")
	line, _, _ := strings.Cut(string(n.Body()), "\r\n")
	state, _ := header(n, "Subscription-State", "")
	if strings.HasPrefix(line, "SIP/2.0 1") != strings.HasPrefix(state, "active") {
		p.t.Errorf("%s with subscription %s", line, state)
	}
	return line
}

func TestREFERIsOffByDefault(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	tag := established(p)
	p.send(req{method: "REFER", seq: 2, toTag: tag, headers: "Refer-To: <sip:bob@" + p.addr() + ">\r\n"})
	p.response(403, "REFER")
	p.send(req{method: "BYE", seq: 3, toTag: tag})
	p.response(200, "BYE")
}

// referring lets the peer transfer us.
func referring() Config {
	cfg := testConfig()
	cfg.Trunks[0].Refer = trunk.Accept
	return cfg
}

// A REFER moves the call to another dialog; the Handler, the call and its
// stream stay. The one who asked hears how it went.
func TestWeAreTransferred(t *testing.T) {
	handler, calls := reporting()
	s := start(t, referring(), handler)
	ann, bob := newPeer(t, s), newPeer(t, s)
	tag := established(ann)
	c := next(t, calls)
	stream := c.Stream()
	replaces := "other%40host%3Bto-tag%3D1%3Bfrom-tag%3D2"
	ann.send(req{method: "REFER", seq: 2, toTag: tag, headers: fmt.Sprintf("Refer-To: <sip:bob@%s?Replaces=%s>\r\nReferred-By: <sip:ann@x>\r\n", bob.addr(), replaces)})
	ann.response(202, "REFER")
	if line := ann.notified("ann"); line != "SIP/2.0 100 Trying" {
		t.Errorf("notified %s", line)
	}
	ann.send(req{method: "REFER", seq: 3, toTag: tag, headers: "Refer-To: <sip:eve@" + bob.addr() + ">\r\n"})
	ann.response(491, "REFER")
	invite := bob.request("INVITE")
	if v, _ := header(invite, "Replaces", ""); v != "other@host;to-tag=1;from-tag=2" {
		t.Errorf("Replaces: %q", v)
	}
	if v, _ := header(invite, "Referred-By", ""); v != "<sip:ann@x>" {
		t.Errorf("Referred-By: %q", v)
	}
	bob.respond(invite, 180, "b1", bob.contact(), "")
	if line := ann.notified("ann"); line != "SIP/2.0 180 Ringing" {
		t.Errorf("notified %s", line)
	}
	bob.respond(invite, 200, "b1", bob.contact(), sdpOf(4002))
	bob.request("ACK")
	if line := ann.notified("ann"); line != "SIP/2.0 200 OK" {
		t.Errorf("notified %s", line)
	}
	ann.send(req{method: "BYE", seq: 4, toTag: tag})
	ann.response(200, "BYE")
	if c.State() != call.Answered || c.Stream() != stream || len(calls) != 0 {
		t.Errorf("state %v, same stream %v, %d other calls", c.State(), c.Stream() == stream, len(calls))
	}
	bob.hangUp(invite, "b1")
	if e := ending(t, c); e.By != call.Customer {
		t.Errorf("ended: %v", e)
	}
}

func TestTransferThatFails(t *testing.T) {
	handler, calls := reporting()
	s := start(t, referring(), handler)
	ann, bob := newPeer(t, s), newPeer(t, s)
	tag := established(ann)
	c := next(t, calls)
	refer := func(seq int, to string) {
		ann.send(req{method: "REFER", seq: seq, toTag: tag, headers: "Refer-To: " + to + "\r\n"})
	}
	refer(2, "<mailto:bob@example.com>")
	ann.response(400, "REFER")
	ann.send(req{method: "REFER", seq: 3, toTag: tag})
	ann.response(400, "REFER")
	refer(4, "<sip:bob@"+bob.addr()+">")
	ann.response(202, "REFER")
	invite := bob.request("INVITE")
	bob.respond(invite, 486, "b1", "", "")
	bob.request("ACK")
	if line := ann.notified("ann") + ", " + ann.notified("ann"); line != "SIP/2.0 100 Trying, SIP/2.0 486 Busy Here" {
		t.Errorf("notified %s", line)
	}
	if c.State() != call.Answered {
		t.Errorf("state %v", c.State())
	}
	ann.send(req{method: "BYE", seq: 5, toTag: tag})
	ann.response(200, "BYE")
}

// The one who transfers may leave at once; the call waits for the other.
func TestTransferorLeavesAtOnce(t *testing.T) {
	handler, calls := reporting()
	s := start(t, referring(), handler)
	ann, bob := newPeer(t, s), newPeer(t, s)
	tag := established(ann)
	c := next(t, calls)
	ann.send(req{method: "REFER", seq: 2, toTag: tag, headers: "Refer-Sub: false\r\nRefer-To: sip:bob@" + bob.addr() + "\r\n"})
	ann.response(202, "REFER")
	invite := bob.request("INVITE")
	ann.send(req{method: "BYE", seq: 3, toTag: tag})
	ann.response(200, "BYE")
	if c.State() != call.Answered {
		t.Fatalf("state %v", c.State())
	}
	bob.respond(invite, 200, "b1", bob.contact(), sdpOf(4002))
	bob.request("ACK")
	done := make(chan bool, 1)
	if sc := c.(*sipCall); !sc.post(func() { done <- sc.current.uac != nil && len(sc.dialogs) == 1 }) || !<-done {
		t.Error("the call is not in the new dialog alone")
	}
	bob.hangUp(invite, "b1")
	ending(t, c)
}

// An INVITE with Replaces takes the place of a party (RFC 3891).
func TestReplaces(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	ann, bob := newPeer(t, s), newPeer(t, s)
	tag := established(ann)
	c := next(t, calls)
	stream := c.Stream()
	try := func(seq int, replaces string, code int) *sipmsg.Response {
		t.Helper()
		branch := sipmsg.GenerateBranch()
		bob.send(req{method: "INVITE", seq: seq, branch: branch, body: sdpOf(4002), headers: "Replaces: " + replaces + "\r\n"})
		res := bob.response(code, "INVITE")
		if code >= 300 {
			bob.send(req{method: "ACK", seq: seq, branch: branch, toTag: toTag(res)})
		}
		return res
	}
	try(1, "nobody;to-tag=1;from-tag=2", 481)
	try(2, ann.callID+";to-tag="+tag+";from-tag=wrong", 481)
	try(3, ann.callID+";to-tag="+tag, 400)
	try(4, ann.callID+";to-tag="+tag+";from-tag=ann;early-only", 486)
	ok := try(5, ann.callID+";from-tag=ann;to-tag="+tag, 200)
	bob.send(req{method: "ACK", seq: 5, toTag: toTag(ok)})
	bye := ann.request("BYE")
	ann.respond(bye, 200, "ann", "", "")
	if c.State() != call.Answered || c.Stream() != stream || len(calls) != 0 {
		t.Errorf("state %v, same stream %v, %d other calls", c.State(), c.Stream() == stream, len(calls))
	}
	bob.send(req{method: "BYE", seq: 6, toTag: toTag(ok)})
	bob.response(200, "BYE")
	ending(t, c)
}

// We transfer the party and hear from it how that went (RFC 3515, RFC 5589).
func TestWeTransfer(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	ann, bob := newPeer(t, s), newPeer(t, s)
	tag := established(ann)
	c := next(t, calls).(call.Transferrer)
	result := make(chan error, 1)
	transfer := func(to call.Transfer) *sipmsg.Request {
		go func() { result <- c.Transfer(t.Context(), to) }()
		return ann.request("REFER")
	}
	notify := func(seq int, state, line string, code int) {
		t.Helper()
		ann.send(req{method: "NOTIFY", seq: seq, toTag: tag, body: line, headers: "Event: refer\r\nSubscription-State: " + state + "\r\nContent-Type: message/sipfrag\r\n"})
		ann.response(code, "NOTIFY")
	}
	notify(2, "active", "SIP/2.0 100 Trying", 481)
	r := transfer(call.Transfer{URI: "sip:bob@example.com"})
	ann.respond(r, 603, "ann", "", "")
	if err := <-result; call.CauseOf(err) != call.Rejected {
		t.Errorf("refused REFER: %v", err)
	}
	r = transfer(call.Transfer{URI: "sip:bob@example.com"})
	ann.respond(r, 202, "ann", p202, "")
	notify(3, "active", "SIP/2.0 180 Ringing", 200)
	notify(4, "terminated;reason=noresource", "SIP/2.0 486 Busy Here", 200)
	if err := <-result; call.CauseOf(err) != call.Busy {
		t.Errorf("busy: %v", err)
	}
	r = transfer(call.Transfer{URI: "sip:bob@example.com"})
	ann.respond(r, 202, "ann", p202, "")
	notify(5, "terminated;reason=noresource", "", 200)
	if err := <-result; err == nil {
		t.Error("a transfer without a result succeeded")
	}
	other, invite := dialed(bob, s)
	bob.respond(invite, 200, "b1", bob.contact(), sdpOf(4002))
	bob.request("ACK")
	if err := other.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	r = transfer(call.Transfer{URI: "sip:bob@" + bob.addr(), Replaces: other})
	if v, _ := header(r, "Refer-To", ""); v != fmt.Sprintf("<sip:bob@%s?Replaces=%s%%3Bto-tag=b1%%3Bfrom-tag=%s>", bob.addr(), invite.CallID().Value(), fromTag(invite)) {
		t.Errorf("Refer-To: %s", v)
	}
	ann.respond(r, 202, "ann", p202, "")
	notify(6, "terminated;reason=noresource", "SIP/2.0 200 OK", 200)
	if err := <-result; err != nil {
		t.Errorf("transfer: %v", err)
	}
	bye := ann.request("BYE")
	ann.respond(bye, 200, "ann", "", "")
	bob.hangUp(invite, "b1")
}

const p202 = "Contact: <sip:ann@127.0.0.1>\r\n"
