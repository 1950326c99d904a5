package sip

import (
	"testing"

	"parley/call"
)

// All telephones of a user ring; the first that answers has the call, the
// others are cancelled, and requests go where the telephone registered from.
func TestAllTelephonesOfAUserRing(t *testing.T) {
	s := start(t, withPhones(), answering)
	desk, cell := newTelephone(t, s, "anna", "wonder"), newTelephone(t, s, "anna", "wonder")
	desk.register("Contact: <sip:anna@10.0.0.7:5062>\r\n")
	cell.register("Contact: <sip:anna@10.0.0.8:5062>\r\n")
	c, err := s.Originate(t.Context(), call.Target{User: "anna", Caller: "4711"})
	if err != nil {
		t.Fatal(err)
	}
	atDesk, atCell := desk.request("INVITE"), cell.request("INVITE")
	if atDesk.Recipient.Host != "10.0.0.7" || atCell.Recipient.Host != "10.0.0.8" {
		t.Errorf("asked for %s and %s", atDesk.Recipient.String(), atCell.Recipient.String())
	}
	desk.respond(atDesk, 100, "", "", "")
	cell.respond(atCell, 180, "c1", "Contact: <sip:anna@10.0.0.8:5062>\r\n", "")
	if err := c.Await(t.Context(), call.Ringing); err != nil {
		t.Fatal(err)
	}
	cell.respond(atCell, 200, "c1", "Contact: <sip:anna@10.0.0.8:5062>\r\n", sdpOf(4000))
	cell.request("ACK")
	cancel := desk.request("CANCEL")
	desk.respond(cancel, 200, "d1", "", "")
	desk.respond(atDesk, 487, "d1", "", "")
	desk.request("ACK")
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.System, call.Normal)
	bye := cell.request("BYE")
	if bye.Recipient.Host != "10.0.0.8" {
		t.Errorf("BYE for %s", bye.Recipient.String())
	}
	cell.respond(bye, 200, "c1", "", "")
}

// When all refuse, what a person has done counts.
func TestNoTelephoneOfAUserAnswers(t *testing.T) {
	s := start(t, withPhones(), answering)
	if _, err := s.Originate(t.Context(), call.Target{User: "anna"}); call.CauseOf(err) != call.Unavailable {
		t.Errorf("nobody has registered: %v", err)
	}
	desk, cell := newTelephone(t, s, "anna", "wonder"), newTelephone(t, s, "anna", "wonder")
	desk.register("Contact: <sip:anna@10.0.0.7:5062>\r\n")
	cell.register("Contact: <sip:anna@10.0.0.8:5062>\r\n")
	c, err := s.Originate(t.Context(), call.Target{User: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	desk.respond(desk.request("INVITE"), 486, "d1", "", "")
	desk.request("ACK")
	cell.respond(cell.request("INVITE"), 500, "c1", "", "")
	cell.request("ACK")
	if e := ending(t, c); e.Code != 486 || e.Cause != call.Busy {
		t.Errorf("ended: %v", e)
	}
}
