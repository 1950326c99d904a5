package sip

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/call/bridge"
	"parley/media"
	"parley/sip/registrar"
)

// office is a server whose calls go to the user of that name.
func office(t *testing.T) *Server {
	t.Helper()
	cfg := withPhones()
	cfg.Registrar.Users = append(cfg.Registrar.Users, registrar.User{Name: "carl", Password: "c"})
	var clock media.Manual
	var s *Server
	ready := make(chan struct{})
	s = start(t, cfg, func(ctx context.Context, c call.Call) error {
		<-ready
		return bridge.To(bridge.Config{Originator: s, Clock: &clock, Target: func(_ context.Context, i call.Info) (call.Target, error) {
			t := call.Target{User: i.Called, Caller: i.Caller, CallerName: "dialled"}
			if i.Transferred {
				t.CallerName = "transferred"
			}
			return t, nil
		}})(ctx, c)
	})
	close(ready)
	ticking(t, &clock)
	return s
}

// ticking runs clock until the test ends.
func ticking(t *testing.T, clock *media.Manual) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			clock.Step()
			time.Sleep(media.FrameTime)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// calls has p call a user, who answers; it returns the tag of our side and
// the INVITE that the other got.
func (p *telephone) calls(other *telephone, seq int) (tag string, invite *sipmsg.Request) {
	p.t.Helper()
	p.callID = newCallID()
	uri := "sip:" + other.user + "@" + p.to.String()
	p.send(req{method: "INVITE", from: p.user, seq: seq, uri: uri, body: sdpOf(4000)})
	res := p.response(401, "INVITE")
	var values []string
	for _, h := range res.GetHeaders("WWW-Authenticate") {
		values = append(values, h.Value())
	}
	try := p.digest.Begin()
	if err := try.Challenged(401, values); err != nil {
		p.t.Fatal(err)
	}
	body := sdpOf(4000)
	var headers string
	for _, h := range try.Authorize("INVITE", uri, []byte(body)) {
		headers += h.Name + ": " + h.Value + "\r\n"
	}
	p.send(req{method: "INVITE", from: p.user, seq: seq + 1, uri: uri, body: body, headers: headers + "Content-Type: application/sdp\r\n"})
	invite = other.request("INVITE")
	other.respond(invite, 200, "o"+other.user, "Contact: <sip:"+other.user+"@"+other.addr()+">\r\n", sdpOf(4002))
	other.request("ACK")
	tag = toTag(p.response(200, "INVITE"))
	p.send(req{method: "ACK", seq: seq + 1, toTag: tag})
	return tag, invite
}

func phone(t *testing.T, s *Server, user, password string) *telephone {
	t.Helper()
	p := newTelephone(t, s, user, password)
	p.register(fmt.Sprintf("Contact: <sip:%s@%s>\r\n", user, p.addr()))
	return p
}

// A person at a desk sends a caller on to a colleague, unseen: the caller
// stays in his call and talks with the colleague.
func TestBlindTransferAtTheDesk(t *testing.T) {
	s := office(t)
	anna, bob, carl := phone(t, s, "anna", "wonder"), phone(t, s, "bob", "builder"), phone(t, s, "carl", "c")
	tag, atBob := anna.calls(bob, 1)
	anna.send(req{method: "REFER", seq: 3, toTag: tag, headers: "Refer-To: <sip:carl@" + anna.to.String() + ">\r\n"})
	anna.response(202, "REFER")
	atCarl := carl.request("INVITE")
	if b, c := atBob.From().DisplayName, atCarl.From().DisplayName; b != "dialled" || c != "transferred" {
		t.Errorf("Bob's call was %s, Carl's %s", b, c) // what nobody has dialled may not be an emergency
	}
	carl.respond(atCarl, 200, "ocarl", "Contact: <sip:carl@"+carl.addr()+">\r\n", sdpOf(4004))
	carl.request("ACK")
	for line := ""; line != "SIP/2.0 200 OK"; line = anna.notified("ann") {
	}
	anna.send(req{method: "BYE", seq: 4, toTag: tag})
	anna.response(200, "BYE")
	// Bob's call goes on, with Carl at its end.
	bob.within(atBob, "obob", "BYE", 1, "", "")
	bob.response(200, "BYE")
	bye := carl.request("BYE")
	carl.respond(bye, 200, "ocarl", "", "")
}

// Or she asks the colleague first, and then joins the two (RFC 5589 §7).
func TestAttendedTransferAtTheDesk(t *testing.T) {
	s := office(t)
	anna, bob, carl := phone(t, s, "anna", "wonder"), phone(t, s, "bob", "builder"), phone(t, s, "carl", "c")
	first, _ := anna.calls(bob, 1)
	firstID := anna.callID
	second, atCarl := anna.calls(carl, 1)
	secondID := anna.callID
	anna.callID = firstID
	replaces := url.PathEscape(fmt.Sprintf("%s;to-tag=%s;from-tag=ann", secondID, second))
	anna.send(req{method: "REFER", seq: 5, toTag: first, headers: fmt.Sprintf("Refer-To: <sip:carl@127.0.0.1?Replaces=%s>\r\n", replaces)}) // some forget our port
	anna.response(202, "REFER")
	bye := anna.request("BYE") // of the second call, whose place has been taken
	if bye.CallID().Value() != secondID {
		t.Errorf("BYE of call %s", bye.CallID().Value())
	}
	anna.respond(bye, 200, "ann", "", "")
	anna.callID = firstID
	anna.send(req{method: "BYE", seq: 6, toTag: first})
	anna.response(200, "BYE")
	carl.within(atCarl, "ocarl", "BYE", 1, "", "")
	carl.response(200, "BYE")
	bye = bob.request("BYE")
	bob.respond(bye, 200, "obob", "", "")
}
