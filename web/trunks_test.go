package web

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/sip"
	"parley/sip/registrar"
)

// exchange has a trunk in trouble and one telephone.
type exchange struct{}

func (exchange) TrunkStatus() []sip.TrunkStatus {
	return []sip.TrunkStatus{{
		Name: "carrier", Health: "down",
		Registrations: []sip.RegistrationStatus{{Registrar: "sip.example.com", State: "backing-off", Step: "resolve", Problem: "no such host", Check: "check DNS"}},
	}}
}

func (exchange) AllContacts() []registrar.Contact {
	return []registrar.Contact{{User: "anna", URI: "sip:anna@10.0.0.7", Network: "udp", Source: netip.MustParseAddrPort("192.0.2.1:5060"), Expires: time.Now()}}
}

func TestTrunksAndContacts(t *testing.T) {
	f := serve(t)
	for path, want := range map[string][]string{
		"/v1/trunks":   {`"name":"carrier"`, `"health":"down"`, `"failed_step":"resolve"`, `"check":"check DNS"`},
		"/v1/contacts": {`"user":"anna"`, `"source":"192.0.2.1:5060"`},
	} {
		code, body, _ := f.do("GET", path, "", token)
		for _, w := range want {
			if code != 200 || !strings.Contains(body, w) {
				t.Errorf("%s: %d %s, want %s", path, code, body, w)
			}
		}
	}
}
