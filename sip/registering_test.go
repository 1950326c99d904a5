package sip

import (
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/digest"
	"parley/sip/trunk"
)

func TestRegisters(t *testing.T) {
	p := farEnd(t)
	h, calls := reporting()
	s := start(t, carrier(p), h)
	p.to = s.addr("udp")
	demand := digest.NewServer("far", time.Minute, digest.DefaultAlgorithms())
	users := func(string) (digest.Password, bool) { return "builder", true }

	r := p.request("REGISTER")
	if r.Recipient.String() != "sip:"+p.addr() || r.From().Address.User != "bob" || r.To().Address.Host != "127.0.0.1" ||
		r.Contact().Address.User != "line-7" || r.GetHeader("Expires").Value() != "3600" || authorization(r) != "" {
		t.Errorf("the first REGISTER:\n%s", r)
	}
	challenges := demand.Challenges(time.Now(), false)
	p.respond(r, 401, "r", "WWW-Authenticate: "+challenges[1]+"\r\nWWW-Authenticate: "+challenges[0], "")
	again := p.request("REGISTER")
	if user, err := demand.Check(time.Now(), "REGISTER", nil, []string{authorization(again)}, users); user != "bob" || !strings.Contains(authorization(again), "SHA-256") {
		t.Errorf("%s: %v", authorization(again), err)
	}
	if again.CallID().Value() != r.CallID().Value() || again.CSeq().SeqNo != r.CSeq().SeqNo+1 {
		t.Error("another Call-ID or not the next CSeq")
	}
	p.respond(again, 423, "r", "Min-Expires: 7200\r\n", "")
	third := p.request("REGISTER")
	if _, err := demand.Check(time.Now(), "REGISTER", nil, []string{authorization(third)}, users); err != nil || third.GetHeader("Expires").Value() != "7200" {
		t.Errorf("after 423: %v\n%s", err, third)
	}
	p.granted(third, "7000")
	eventually(t, "it is registered", func() bool { return s.registration().Reachable })
	if st := s.registration(); st.State != "registered" || time.Until(st.Until) > 7000*time.Second || time.Until(st.Until) < 6900*time.Second {
		t.Errorf("%+v", st)
	}

	// The registrar is in no list of addresses, and may call.
	p.send(req{method: "INVITE", seq: 1, uri: "sip:line-7@parley", body: sdpOf(4000)})
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	if info := next(t, calls).Info(); info.Trunk != "carrier" {
		t.Errorf("its call comes over %q", info.Trunk)
	}
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")

	done := make(chan error, 1)
	go func() { done <- s.Close() }()
	last := p.request("REGISTER")
	if last.GetHeader("Expires").Value() != "0" {
		t.Errorf("the last REGISTER:\n%s", last)
	}
	p.granted(last, "0")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if st := s.registration(); st.State != "stopped" || st.Reachable {
		t.Errorf("%+v", st)
	}
}

// TestRegistrationProblems: each says which step failed and what to check,
// and is tried again.
func TestRegistrationProblems(t *testing.T) {
	p := farEnd(t)
	cfg := carrier(p)
	cfg.Trunks[0].Register.Registrars = []string{"192.0.2.1", p.addr()}
	s := start(t, cfg, answering)
	p.to = s.addr("udp")
	backsOff := func(step, text string) {
		t.Helper()
		eventually(t, "it says that "+step+" failed", func() bool {
			st := s.registration()
			return st.Step == step && strings.Contains(st.Problem, text) && st.Check != "" && !st.Reachable
		})
	}
	p.respond(p.request("REGISTER"), 403, "r", "", "") // no listener of ours reaches the first
	backsOff("accept", "403")
	challenge := `WWW-Authenticate: Digest realm="far", nonce="1", qop="auth"`
	p.respond(p.request("REGISTER"), 401, "r", challenge, "")
	p.respond(p.request("REGISTER"), 401, "r", challenge, "")
	backsOff("authenticate", "rejected")
	p.respond(p.request("REGISTER"), 200, "r", "Contact: <sip:other@192.0.2.1>\r\nExpires: 0", "")
	backsOff("accept", "did not keep")
	p.granted(p.request("REGISTER"), "3600")
	eventually(t, "it is registered after all", func() bool { return s.registration().State == "registered" })

	// A reload that changes the trunk takes the contact back first.
	changed := *s.config()
	changed.Trunks = []trunk.Config{changed.Trunks[0]}
	changed.Trunks[0].Register.ContactUser = "line-8"
	changed.Trunks[0].Register.Registrars = []string{p.addr()}
	if err := s.Reload(changed); err != nil {
		t.Fatal(err)
	}
	last := p.request("REGISTER")
	if last.GetHeader("Expires").Value() != "0" || last.Contact().Address.User != "line-7" {
		t.Errorf("before the successor:\n%s", last)
	}
	p.granted(last, "0")
	if first := p.request("REGISTER"); first.Contact().Address.User != "line-8" {
		t.Errorf("the successor:\n%s", first)
	} else {
		p.granted(first, "3600")
	}
	eventually(t, "the successor is registered", func() bool { return s.registration().State == "registered" })
	changed.Trunks = Defaults().Trunks // nothing is to be taken back at the end
	if err := s.Reload(changed); err != nil {
		t.Fatal(err)
	}
	p.granted(p.request("REGISTER"), "0")
}

func TestWithoutARegistrar(t *testing.T) {
	cfg := testConfig()
	c := trunk.Default("carrier")
	c.Transport = "tcp"
	c.Register.Registrars, c.Auth.Username = []string{"127.0.0.1:1"}, "bob"
	cfg.Trunks = []trunk.Config{c}
	s := start(t, cfg, answering)
	eventually(t, "it says that nobody listens", func() bool { return s.registration().Step == "connect" })
}

// TestHowLongAContactIsKept: registrars say it in many ways.
func TestHowLongAContactIsKept(t *testing.T) {
	ours := sipmsg.Uri{Scheme: "sip", User: "line-7", Host: "10.0.0.7", Port: 5060}
	for headers, want := range map[string]time.Duration{
		"":              time.Hour,
		"Expires: 600":  10 * time.Minute,
		"Expires: soon": 0,
		"Contact: <sip:line-7@10.0.0.7>;expires=60\r\nContact: <sip:line-7@10.0.0.8>;expires=30\r\nExpires: 600": time.Minute,
		"Contact: <sip:line-7@198.51.100.1:1024>;expires=120":                                                    2 * time.Minute,
		"Contact: <sip:other@10.0.0.7>;expires=30\r\nExpires: 300":                                               5 * time.Minute,
		"Contact: <sip:line-7@10.0.0.7:5060>;expires=0":                                                          0,
	} {
		text := "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n"
		if headers != "" {
			text += headers + "\r\n"
		}
		m, err := sipmsg.ParseMessage([]byte(text + "Content-Length: 0\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := kept(m.(*sipmsg.Response), ours, time.Hour); got != want {
			t.Errorf("%q keeps it for %v, want %v", headers, got, want)
		}
	}
}

// TestTwoAccountsWithOneProvider: the contact tells over which trunk a call
// comes.
func TestTwoAccountsWithOneProvider(t *testing.T) {
	p := farEnd(t)
	cfg := carrier(p)
	second := cfg.Trunks[0]
	second.Name, second.Register.ContactUser = "carrier-2", "line-8"
	cfg.Trunks = append(cfg.Trunks, second)
	h, calls := reporting()
	s := start(t, cfg, h)
	p.to = s.addr("udp")
	for range cfg.Trunks {
		p.granted(p.request("REGISTER"), "3600")
	}
	for i, contact := range []string{"line-8", "line-7", "unknown"} {
		q := newPeer(t, s)
		q.send(req{method: "INVITE", seq: 1, uri: "sip:" + contact + "@parley", body: sdpOf(4000)})
		ok := q.response(200, "INVITE")
		q.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
		want := []string{"carrier-2", "carrier", "carrier"}[i]
		if info := next(t, calls).Info(); info.Trunk != want && contact != "unknown" {
			t.Errorf("a call to %s comes over %s, want %s", contact, info.Trunk, want)
		}
		q.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
		q.response(200, "BYE")
	}
	gone := *s.config()
	gone.Trunks = nil
	if err := s.Reload(gone); err != nil {
		t.Fatal(err)
	}
	for range cfg.Trunks {
		p.granted(p.request("REGISTER"), "0")
	}
	q := newPeer(t, s)
	q.send(req{method: "OPTIONS", seq: 1})
	eventually(t, "nobody is known any more", func() bool {
		q.send(req{method: "OPTIONS", seq: 1})
		return s.Stats().Dropped > 0
	})
}
