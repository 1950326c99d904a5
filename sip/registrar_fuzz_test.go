package sip

import (
	"net/netip"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/registrar"
)

// FuzzRegister: no REGISTER breaks the location service, and the contacts that
// it lists are SIP. The same messages go through what is read of callers.
func FuzzRegister(f *testing.F) {
	head := "REGISTER sip:parley SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:anna@parley>;tag=1\r\nTo: <sip:anna@parley>\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n"
	for _, lines := range []string{
		"Contact: <sip:anna@10.0.0.7:5062>;expires=600;q=0.5\r\n", "Contact: *\r\nExpires: 0\r\n",
		"Contact: \"A\" <sips:anna@[::1]>;+sip.instance=\"<urn:uuid:1>\", sip:b@c\r\nExpires: x\r\n", "Contact: <tel:1>\r\n",
		"P-Asserted-Identity: <sip:1@h>\r\nDiversion: <sip:2@h>;reason=x\r\nHistory-Info: <sip:3@h>;index=1\r\nIdentity: a.b.c\r\nRemote-Party-ID: <sip:4@h>;privacy=full\r\n",
	} {
		f.Add(head + lines + "Content-Length: 0\r\n\r\n")
	}
	cfg := registrar.Defaults()
	cfg.Users = []registrar.User{{Name: "anna", Password: "x"}}
	m, err := sipmsg.ParseMessage([]byte(head + "Content-Length: 0\r\n\r\n"))
	if err != nil {
		f.Fatal(err)
	}
	plain := m.(*sipmsg.Request)
	s := &Server{tags: newTagger()}
	from := netip.MustParseAddrPort("192.0.2.1:5060")
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := sipmsg.ParseMessage([]byte(text))
		req, ok := m.(*sipmsg.Request)
		if err != nil || !ok || incomplete(req) != "" {
			return
		}
		c := presented(req)
		_ = identityOf(req, c, now)
		location := registrar.New(cfg)
		contacts, err := location.Register(now, bindingsOf(req, "udp", "anna", from))
		if err != nil {
			return
		}
		if len(contacts) > cfg.MaxContacts {
			t.Errorf("%d contacts", len(contacts))
		}
		res := s.registered(plain, contacts)
		if _, err := sipmsg.ParseMessage([]byte(res.String())); err != nil {
			t.Errorf("answered with what is no SIP: %v\n%s", err, res)
		}
	})
}
