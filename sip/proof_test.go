package sip

import (
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

// TestAProofIsForOneDestination: what was proved for one number proves nothing
// for another.
func TestAProofIsForOneDestination(t *testing.T) {
	req := sipmsg.NewRequest(sipmsg.INVITE, sipmsg.Uri{Scheme: "sip", User: "555", Host: "127.0.0.1", Port: 5060})
	for uri, want := range map[string]bool{
		"sip:555@127.0.0.1:5060": true, "sip:555@pbx.example;transport=udp": true, "sip:%35%35%35@127.0.0.1": true, "sip:127.0.0.1:5060": true,
		"sip:999@127.0.0.1:5060": false, "nonsense": false,
	} {
		value := `Digest username="a", realm="r", nonce="n", uri="` + uri + `", response="00"`
		if got := forThis(req, value); got != want {
			t.Errorf("a proof for %s counts for sip:555@127.0.0.1: %v", uri, got)
		}
	}
}
