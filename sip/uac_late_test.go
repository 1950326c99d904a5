package sip

import (
	"testing"

	"parley/call"
)

// TestALateHop: a server that was given up for its silence, and says something
// when another has the call, is not left waiting: what rings is cancelled, who
// answers gets an ACK and a BYE, who refuses an ACK.
func TestALateHop(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]func(first *peer){
		"answers": func(first *peer) {
			invite := first.request("INVITE")
			first.respond(invite, 200, "late", first.contact(), sdpOf(4100))
			ack := first.request("ACK")
			bye := first.request("BYE")
			if toTag(ack) != "late" || toTag(bye) != "late" || bye.CallID().Value() != invite.CallID().Value() {
				first.t.Errorf("they belong to something else:\n%s\n%s", ack, bye)
			}
			first.respond(invite, 200, "late", first.contact(), sdpOf(4100)) // our ACK was lost
			first.repeated(ack)
			first.respond(bye, 200, "late", "", "")
		},
		"rings": func(first *peer) {
			invite := first.request("INVITE")
			first.respond(invite, 180, "late", first.contact(), "")
			cancel := first.request("CANCEL")
			if requestID(cancel) != "CANCEL "+invite.Via().Params.GetOr("branch", "") {
				first.t.Errorf("it cancels something else:\n%s", cancel)
			}
			first.respond(cancel, 200, "late", "", "")
			first.respond(invite, 487, "late", "", "")
			first.request("ACK")
		},
		"refuses": func(first *peer) {
			first.respond(first.request("INVITE"), 486, "late", "", "")
			if ack := first.request("ACK"); toTag(ack) != "late" {
				first.t.Errorf("it belongs to something else:\n%s", ack)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := loose(t), loose(t)
			cfg := testConfig()
			names(t, &cfg, srvRecords(first, second)...)
			s := start(t, cfg, answering)
			c, err := s.Originate(t.Context(), call.Target{URI: "sip:bob@carrier.test"})
			if err != nil {
				t.Fatal(err)
			}
			invite := second.request("INVITE")
			second.respond(invite, 200, "b1", second.contact(), sdpOf(4000))
			second.request("ACK")
			late(first)
			if err := c.Await(t.Context(), call.Answered); err != nil {
				t.Errorf("the call that was answered in time: %v", err)
			}
			second.hangUp(invite, "b1")
			ending(t, c)
			if n := s.Stats().Strays; n != 0 {
				t.Errorf("%d strays", n)
			}
		})
	}
}
