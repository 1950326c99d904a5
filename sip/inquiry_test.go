package sip

import (
	"net/netip"
	"testing"
	"time"

	"parley/sip/registration"
	"parley/sip/trunk"
)

func TestQualify(t *testing.T) {
	p := farEnd(t)
	cfg := carrier(p)
	cfg.Trunks[0].Register = trunk.Default("").Register
	cfg.Trunks[0].Qualify = trunk.Qualify{Every: time.Second, Timeout: 100 * time.Millisecond, Failures: 1}
	s := start(t, cfg, answering)
	p.to = s.addr("udp")
	health := func(want registration.Health) {
		t.Helper()
		eventually(t, "the trunk is "+want.String(), func() bool { return s.TrunkStatus()[0].Health == want.String() })
	}
	for s.TrunkStatus()[0].Health != "up" { // an answer on a busy machine may be late
		p.respond(p.request("OPTIONS"), 404, "r", "", "")
	}
	if st := s.TrunkStatus()[0]; st.RoundTrip <= 0 {
		t.Errorf("%+v", st)
	}
	health(registration.Down) // nobody answers
	for s.TrunkStatus()[0].Health != "up" {
		p.respond(p.request("OPTIONS"), 200, "r", "", "")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestHostsOfTheConfiguration(t *testing.T) {
	for text, want := range map[string]string{
		"sip.example.com": "sip:sip.example.com", "192.0.2.1:5070": "sip:192.0.2.1:5070", "2001:db8::1": "sip:[2001:db8::1]",
		"[2001:db8::1]:5070": "sip:[2001:db8::1]:5070", "": "", "a b": "",
	} {
		uri, err := hostURI(text, "")
		if (err != nil) != (want == "") || err == nil && uri.String() != want {
			t.Errorf("%q is %s, %v; want %q", text, uri.String(), err, want)
		}
	}
}

// TestWithoutAnAccount: a challenge that cannot be answered is a question of
// authentication, and whoever asks it is there.
func TestWithoutAnAccount(t *testing.T) {
	p := farEnd(t)
	cfg := carrier(p)
	cfg.Trunks[0].Auth.Password = ""
	s := start(t, cfg, answering)
	p.respond(p.request("REGISTER"), 401, "r", `WWW-Authenticate: Digest realm="far", nonce="1"`, "")
	eventually(t, "it says that authentication failed", func() bool { return s.registration().Step == "authenticate" })
}

func TestAnInquiryForgets(t *testing.T) {
	s, err := New(testConfig(), Deps{Ports: noPorts{}, Handler: answering})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	q := s.newInquiry("loopback", party{}, party{}, nil)
	for i := range byte(20) {
		q.expect(netip.AddrFrom4([4]byte{192, 0, 2, i}))
		q.expect(netip.AddrFrom4([4]byte{192, 0, 2, 0}))
	}
	if _, ok := s.acl.trunkOf(netip.MustParseAddr("192.0.2.0"), ""); !ok || len(s.acl.learned) != maxAdmitted {
		t.Errorf("%d addresses are known", len(s.acl.learned))
	}
	q.close()
	if len(s.acl.learned) != 0 {
		t.Error("an address is left")
	}
}
