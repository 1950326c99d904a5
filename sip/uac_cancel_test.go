package sip

import (
	"testing"
	"time"

	"parley/call"
)

func TestCancelOnlyAfterProvisional(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	c.Hangup(call.Agent, call.Cancelled)
	if e := ending(t, c); e.By != call.Agent || e.Cause != call.Cancelled {
		t.Errorf("ended: %v", e)
	}
	p.repeated(invite) // once more, and no CANCEL yet
	for _, line := range p.skipped {
		t.Errorf("early: %s", line)
	}
	p.respond(invite, 100, "", "", "")
	cancel := p.request("CANCEL")
	if cancel.Via().Params.GetOr("branch", "") != invite.Via().Params.GetOr("branch", "-") || cancel.CSeq().SeqNo != invite.CSeq().SeqNo {
		t.Errorf("CANCEL:\n%s", cancel)
	}
	p.respond(cancel, 200, "b1", "", "")
	p.respond(invite, 487, "b1", "", "")
	p.request("ACK")
}

// The 200 was faster than our CANCEL: ACK, then BYE.
func TestCancelCrossesAnswer(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	p.respond(invite, 180, "b1", p.contact(), "")
	if err := c.Await(t.Context(), call.Ringing); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.System, call.Cancelled)
	cancel := p.request("CANCEL")
	p.respond(invite, 200, "b1", p.contact(), sdpOf(4000))
	p.respond(cancel, 200, "b1", "", "")
	p.request("ACK")
	p.respond(p.request("BYE"), 200, "b1", "", "")
}

func TestNobodyAnswers(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s, func(t *call.Target) { t.RingTimeout = 300 * time.Millisecond })
	p.respond(invite, 180, "b1", p.contact(), "")
	p.respond(p.request("CANCEL"), 200, "b1", "", "")
	p.respond(invite, 487, "b1", "", "")
	if e := ending(t, c); e.By != call.System || e.Cause != call.NoAnswer {
		t.Errorf("ended: %v", e)
	}
}
