package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/digest"
	"parley/sip/registrar"
	"parley/sip/trunk"
)

// withPhones is a configuration without trunks, for two users.
func withPhones() Config {
	cfg := testConfig()
	cfg.Trunks = nil
	cfg.Registrar.Users = []registrar.User{{Name: "anna", Password: "wonder"}, {Name: "bob", Password: "builder"}}
	return cfg
}

// telephone is a peer with an account.
type telephone struct {
	*peer
	user   string
	digest *digest.Client
	try    *digest.Try
	seqNo  int
}

func newTelephone(t *testing.T, s *Server, user, password string) *telephone {
	return &telephone{peer: newPeer(t, s), user: user, digest: digest.NewClient(digest.Account{Username: user, Password: digest.Password(password)})}
}

// ask sends a request of the telephone's user, with credentials if it has
// been challenged.
func (p *telephone) ask(method, headers, body string) {
	p.t.Helper()
	if p.try == nil {
		p.try = p.digest.Begin()
	}
	p.seqNo++
	uri := "sip:" + p.to.String()
	if method == "INVITE" {
		uri = "sip:100@" + p.to.String()
	}
	for _, h := range p.try.Authorize(method, uri, []byte(body)) {
		headers += h.Name + ": " + h.Value + "\r\n"
	}
	if method == "INVITE" {
		headers += fmt.Sprintf("Contact: <sip:%s@%s>\r\n", p.user, p.addr())
	}
	if body != "" {
		headers += "Content-Type: application/sdp\r\n"
	}
	p.seq[method] = p.seqNo
	p.raw(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nFrom: <sip:%s@parley>;tag=ann\r\nTo: <sip:%s@parley>\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s",
		method, uri, p.addr(), sipmsg.GenerateBranch(), p.user, p.user, p.callID, p.seqNo, method, headers, len(body), body))
}

func (p *telephone) challenged(method string) {
	p.t.Helper()
	res := p.response(401, method)
	var values []string
	for _, h := range res.GetHeaders("WWW-Authenticate") {
		values = append(values, h.Value())
	}
	if len(values) != 2 || !strings.Contains(values[0], "SHA-256") {
		p.t.Errorf("challenged with %q", values)
	}
	p.try = p.digest.Begin()
	if err := p.try.Challenged(401, values); err != nil {
		p.t.Fatal(err)
	}
}

func (p *telephone) register(contact string) *sipmsg.Response {
	p.t.Helper()
	p.ask("REGISTER", contact, "")
	p.challenged("REGISTER")
	p.ask("REGISTER", contact, "")
	return p.response(200, "REGISTER")
}

func TestTelephonesRegister(t *testing.T) {
	h, calls := reporting()
	s := start(t, withPhones(), h)
	stranger := newPeer(t, s)
	stranger.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	eventually(t, "a stranger is dropped", func() bool { return s.Stats().Dropped == 1 })

	anna := newTelephone(t, s, "anna", "wonder")
	// The address that it gives stands behind a translation.
	res := anna.register("Contact: <sip:anna@10.0.0.7:5062>;expires=600;q=0.5\r\n")
	if c := res.Contact(); c == nil || !strings.Contains(c.Value(), "sip:anna@10.0.0.7:5062") || !strings.Contains(c.Value(), "expires=600") || res.GetHeader("Date") == nil {
		t.Errorf("200 is\n%s", res)
	}
	found := s.Contacts("anna")
	if len(found) != 1 || found[0].Source.String() != anna.addr() || found[0].Network != "udp" || found[0].Q != 0.5 {
		t.Fatalf("anna is at %+v", found)
	}
	anna.ask("REGISTER", "Contact: <sip:anna@10.0.0.7:5062>;expires=5\r\n", "")
	if res := anna.response(423, "REGISTER"); headerValue(res, "Min-Expires") != "60" {
		t.Error("no Min-Expires")
	}

	// Who has registered may call, once he has proved who he is.
	known := anna.try
	anna.try = digest.NewClient(digest.Account{}).Begin()
	anna.ask("INVITE", "", sdpOf(4000))
	anna.challenged("INVITE")
	anna.try = known
	anna.ask("INVITE", "P-Asserted-Identity: <sip:+4930110@parley>\r\n", sdpOf(4000))
	ok := anna.response(200, "INVITE")
	anna.send(req{method: "ACK", seq: anna.seqNo, toTag: toTag(ok)})
	if info := next(t, calls).Info(); info.Caller != "anna" || info.Trunk != trunk.Registrar || len(info.Identity.Asserted) > 0 {
		t.Errorf("%+v", info)
	}
	anna.send(req{method: "BYE", seq: anna.seqNo + 1, toTag: toTag(ok)})
	anna.response(200, "BYE")
	anna.seqNo++

	anna.ask("REGISTER", "Contact: *\r\nExpires: 0\r\n", "")
	anna.response(200, "REGISTER")
	if left := s.Contacts("anna"); len(left) != 0 || len(s.AllContacts()) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestWrongPasswords: nobody can tell an unknown user from a wrong password;
// each is counted. A user registers and calls as himself only.
func TestWrongPasswords(t *testing.T) {
	s := start(t, withPhones(), answering)
	var refusals []string
	for i, user := range []string{"anna", "nobody"} {
		p := newTelephone(t, s, user, "hunter2")
		p.ask("REGISTER", "Contact: <sip:x@10.0.0.7>\r\n", "")
		p.challenged("REGISTER")
		p.ask("REGISTER", "Contact: <sip:x@10.0.0.7>\r\n", "")
		res := p.response(401, "REGISTER")
		var names []string
		for _, h := range res.Headers() {
			names = append(names, h.Name())
		}
		refusals = append(refusals, res.StartLine()+strings.Join(names, ","))
		if got := s.Stats().Denied; got != uint64(i+1) {
			t.Errorf("%d denials counted", got)
		}
	}
	if refusals[0] != refusals[1] {
		t.Errorf("told apart: %q", refusals)
	}
	p := newTelephone(t, s, "bob", "builder")
	p.user = "anna" // of To
	p.ask("REGISTER", "Contact: <sip:x@10.0.0.7>\r\n", "")
	p.challenged("REGISTER")
	p.ask("REGISTER", "Contact: <sip:x@10.0.0.7>\r\n", "")
	p.response(403, "REGISTER")
	if len(s.AllContacts()) != 0 {
		t.Error("somebody is registered")
	}
}

func TestTelephonesAreKeptAwake(t *testing.T) {
	cfg := withPhones()
	cfg.Registrar.KeepAlive = 5 * time.Second
	s := start(t, cfg, answering)
	s.phones.location.Reload(func() registrar.Config { c := cfg.Registrar; c.KeepAlive = time.Millisecond; return c }())
	anna := newTelephone(t, s, "anna", "wonder")
	anna.register("Contact: <sip:anna@10.0.0.7:5062>\r\n")
	if ping := anna.request("OPTIONS"); ping.Recipient.String() != "sip:anna@10.0.0.7:5062" {
		t.Errorf("asked with\n%s", ping)
	}
	s.phones.location.Reload(registrar.Defaults())
}

// TestPeersProveThemselves: a trunk may demand digest of its peer.
func TestPeersProveThemselves(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Demand = trunk.Demand{Username: "pbx", Password: "secret", Algorithms: digest.DefaultAlgorithms()}
	s := start(t, cfg, answering)
	p := newTelephone(t, s, "pbx", "secret")
	p.ask("INVITE", "", sdpOf(4000))
	p.challenged("INVITE")
	p.ask("INVITE", "", sdpOf(4000))
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: p.seqNo, toTag: toTag(ok)})
	p.send(req{method: "BYE", seq: p.seqNo + 1, toTag: toTag(ok)})
	p.response(200, "BYE")
	wrong := newTelephone(t, s, "pbx", "hunter2")
	wrong.ask("INVITE", "", sdpOf(4000))
	wrong.challenged("INVITE")
	wrong.ask("INVITE", "", sdpOf(4000))
	wrong.response(401, "INVITE")
}

// TestBindingsOfARegister: contacts may stand in one line or in several.
func TestBindingsOfARegister(t *testing.T) {
	const head = "REGISTER sip:parley SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:anna@parley>;tag=1\r\nTo: <sip:anna@parley>\r\n" +
		"Call-ID: x\r\nCSeq: 7 REGISTER\r\nUser-Agent: phone\r\n"
	for lines, want := range map[string]string{
		"": "",
		"Contact: <sip:a@h>;expires=60, <sip:b@h;transport=TCP>;q=0.2\r\nExpires: 600\r\n":         `"sip:a@h:0;" 1m0s 1 "", "sip:b@h:0;tcp" 10m0s 0.2 ""`,
		"m: <sip:a@H:5062>;expires=x\r\nContact: <sip:b@h>;+sip.instance=\"<urn:uuid:1>\";q=7\r\n": `"sip:a@h:5062;" -1ns 1 "", "sip:b@h:0;" -1ns 1 "urn:uuid:1"`,
		"Contact: *\r\nExpires: 0\r\n":        `*, "*" 0s 1 ""`,
		"Contact: <tel:+49301>;expires=0\r\n": `"" 0s 1 ""`,
	} {
		m, err := sipmsg.ParseMessage([]byte(head + lines + "Content-Length: 0\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		r := bindingsOf(m.(*sipmsg.Request), "udp", "anna", netip.MustParseAddrPort("192.0.2.1:5060"))
		var got []string
		if r.Wildcard {
			got = append(got, "*")
		}
		for _, b := range r.Contacts {
			got = append(got, fmt.Sprintf("%q %v %v %q", b.Key, b.Expires, b.Q, b.Instance))
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%q:\n got %s\nwant %s", lines, s, want)
		}
		if r.CallID != "x" || r.Seq != 7 || r.UserAgent != "phone" {
			t.Errorf("%+v", r)
		}
	}
}
