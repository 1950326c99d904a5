package sip

import (
	"strings"
	"testing"

	"parley/call"
	"parley/sip/trunk"
)

// twoCarriers are two trunks in a group: the first is preferred.
func twoCarriers(a, b *peer, change func(*Config)) Config {
	cfg := testConfig()
	for name, p := range map[string]*peer{"a": a, "b": b} {
		t := trunk.Default(name)
		t.Host = p.addr()
		t.Allow = []string{"+49", "0"}
		cfg.Trunks = append(cfg.Trunks, t)
	}
	cfg.Groups = []trunk.Group{{
		Name: "out", HuntOn: trunk.HuntOn{"503", "no-response", "q850:34"},
		Members: []trunk.Member{{Trunk: "a", Priority: 1, Weight: 1}, {Trunk: "b", Priority: 2, Weight: 1}},
	}}
	for i := range cfg.Trunks {
		cfg.Trunks[i].Called.Out = []trunk.Rule{{Country: "49", National: "0", International: "00"}}
	}
	if change != nil {
		change(&cfg)
	}
	return cfg
}

func (p *peer) decline(code int, headers string) (number string) {
	p.t.Helper()
	invite := p.request("INVITE")
	p.respond(invite, code, "x", headers, "")
	p.request("ACK")
	return invite.Recipient.User
}

// A call over a group hunts on what the group lists, and on nothing else.
func TestHunting(t *testing.T) {
	a, b := loose(t), loose(t)
	s := start(t, twoCarriers(a, b, nil), answering)
	target := call.Target{Trunk: "out", Number: "030123456", Caller: "4711"}
	c, err := s.Originate(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	if n := a.decline(503, ""); n != "+4930123456" {
		t.Errorf("a is asked for %s", n)
	}
	if n := b.decline(486, ""); n != "+4930123456" {
		t.Errorf("b is asked for %s", n)
	}
	if e := ending(t, c); e.Cause != call.Busy || e.Code != 486 {
		t.Errorf("ended: %v", e)
	}
	if c, err = s.Originate(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	a.decline(480, "Reason: Q.850;cause=34;text=\"no circuit\"\r\n")
	b.decline(500, "Reason: SIP;cause=500, Q.850;cause=17\r\n")
	if e := ending(t, c); e.Cause != call.Busy || e.Q850 != 17 {
		t.Errorf("ended: %v, q850 %d", e, e.Q850)
	}
	if c, err = s.Originate(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	a.decline(404, "") // not for another to know better
	if e := ending(t, c); e.Cause != call.NotFound {
		t.Errorf("ended: %v", e)
	}
	for number, want := range map[string]call.Cause{"+1900": call.Restricted, "0110": call.Restricted} {
		if _, err := s.Originate(t.Context(), call.Target{Trunk: "out", Number: number}); call.CauseOf(err) != want {
			t.Errorf("call to %s: %v", number, err)
		}
	}
	if _, err := s.Originate(t.Context(), call.Target{Trunk: "nobody", Number: "1"}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("call over an unknown trunk: %v", err)
	}
}

func TestFullTrunkIsPassedOver(t *testing.T) {
	a, b := loose(t), loose(t)
	s := start(t, twoCarriers(a, b, func(c *Config) {
		for i := range c.Trunks {
			c.Trunks[i].MaxChannels = 1
		}
	}), answering)
	var calls []call.Call
	for _, p := range []*peer{a, b} {
		c, err := s.Originate(t.Context(), call.Target{Trunk: "out", Number: "030123456"})
		if err != nil {
			t.Fatal(err)
		}
		calls = append(calls, c)
		p.respond(p.request("INVITE"), 180, "x", p.contact(), "")
	}
	if _, err := s.Originate(t.Context(), call.Target{Trunk: "out", Number: "030123456"}); call.CauseOf(err) != call.Overloaded {
		t.Errorf("a third call: %v", err)
	}
	for i, p := range []*peer{a, b} {
		calls[i].Hangup(call.System, call.Normal)
		p.respond(p.request("CANCEL"), 200, "x", "", "")
	}
	// What was cancelled ends with 487 or by itself; then there is room again.
	eventually(t, "room", func() bool { return s.Trunks().Trunk("a").Usage().Outbound == 0 })
}

// A 3xx is followed to places that a trunk allows, by preference, a few times.
func TestRedirection(t *testing.T) {
	a, b := loose(t), loose(t)
	s := start(t, twoCarriers(a, b, nil), answering)
	c, err := s.Originate(t.Context(), call.Target{Trunk: "a", Number: "030123456"})
	if err != nil {
		t.Fatal(err)
	}
	a.decline(302, "Contact: <sip:+1900@"+b.addr()+">;q=0.9\r\nContact: <sip:+49111111@"+b.addr()+">;q=0.5\r\n")
	invite := b.request("INVITE")
	if invite.Recipient.User != "+49111111" {
		t.Errorf("followed to %s", invite.Recipient.User)
	}
	b.respond(invite, 200, "b1", b.contact(), sdpOf(4000))
	b.request("ACK")
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	b.hangUp(invite, "b1")

	if c, err = s.Originate(t.Context(), call.Target{Trunk: "a", Number: "030123456"}); err != nil {
		t.Fatal(err)
	}
	for range s.Trunks().Trunk("a").Redirects { // round and round
		a.decline(302, "Contact: <sip:+49111111@"+a.addr()+">\r\n")
	}
	a.decline(302, "Contact: <sip:+49111111@"+a.addr()+">\r\n")
	if e := ending(t, c); e.Code != 302 || e.Cause != call.Unavailable {
		t.Errorf("ended: %v", e)
	}

	if c, err = s.Originate(t.Context(), call.Target{Trunk: "a", Number: "030123456"}); err != nil {
		t.Fatal(err)
	}
	a.decline(302, "Contact: <sip:+1900@"+b.addr()+">\r\n") // where nobody may call
	if e := ending(t, c); e.Code != 302 || e.Cause != call.Restricted || e.By != call.System {
		t.Errorf("ended: %v", e)
	}
}

// Nobody has dialled where a 3xx leads, also if a person has dialled before it.
func TestRedirectionNeverLeadsToAnEmergencyNumber(t *testing.T) {
	a, b := loose(t), loose(t)
	s := start(t, twoCarriers(a, b, func(c *Config) {
		for i := range c.Trunks {
			c.Trunks[i].Allow = []string{"*"}
		}
	}), answering)
	for _, number := range []string{"112", "%31%31%32"} {
		c, err := s.Originate(t.Context(), call.Target{Trunk: "a", Number: "030123456", ByPerson: true})
		if err != nil {
			t.Fatal(err)
		}
		a.decline(302, "Contact: <sip:"+number+"@"+b.addr()+">\r\n")
		if e := ending(t, c); e.Code != 302 || e.Cause != call.Restricted {
			t.Errorf("led to %s the call ended: %v", number, e)
		}
	}
}

func TestCallToOurselvesIsRefused(t *testing.T) {
	s := start(t, testConfig(), answering)
	c, err := s.Originate(t.Context(), call.Target{URI: "sip:100@" + s.addr("udp").String()})
	if err != nil {
		t.Fatal(err)
	}
	if e := ending(t, c); e.Cause != call.Failed {
		t.Errorf("ended: %v", e)
	}
}
