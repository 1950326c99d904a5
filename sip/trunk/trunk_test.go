package trunk

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/sip/registration"
)

// one returns a trunk made of the default and what change does to it.
func one(t *testing.T, change func(*Config)) *Trunk {
	t.Helper()
	c := Default("carrier")
	c.Host, c.Allow = "sip.example.com", []string{"*"}
	change(&c)
	s, err := New(Settings{Trunks: []Config{c}, Emergency: DefaultEmergency()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.Trunk("carrier")
}

func TestNumbersAreRewritten(t *testing.T) {
	germany := Rule{Country: "49", National: "0", International: "00"}
	america := Rule{Country: "1", National: "1", International: "011"}
	for _, c := range []struct {
		rules    []Rule
		in, want string
	}{
		{[]Rule{{Strip: "0", Add: "+49"}}, "03012345", "+493012345"},
		{[]Rule{{Strip: "0", Add: "+49"}}, "13012345", "13012345"},
		{[]Rule{{Add: "9"}}, "123", "9123"},
		{[]Rule{{Match: "00(.*)", Replace: "+$1"}, {Strip: "+49", Add: "0"}}, "004930123", "030123"},
		{[]Rule{{Match: "30", Replace: "x"}}, "1300", "1300"},
		{[]Rule{{Match: "(..)(..)", Replace: "${2}${1}"}}, "1234", "3412"},
		{[]Rule{germany}, "030 / 12345", "030 / 12345"},
		{[]Rule{germany}, "(030) 123-45", "+493012345"},
		{[]Rule{germany}, "0044201234567", "+44201234567"},
		{[]Rule{germany}, "493012345678", "+493012345678"},
		{[]Rule{germany}, "+33123456789", "+33123456789"},
		{[]Rule{germany}, "112", "112"},
		{[]Rule{germany}, "alice", "alice"},
		{[]Rule{germany}, "", ""},
		{[]Rule{america}, "2125551234", "+12125551234"},
		{[]Rule{america}, "12125551234", "+12125551234"},
		{[]Rule{america}, "011493012345", "+493012345"},
	} {
		w, err := compile(c.rules)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.apply(c.in); got != c.want {
			t.Errorf("%+v makes %q of %q, want %q", c.rules, got, c.in, c.want)
		}
	}
}

func TestDestinations(t *testing.T) {
	tr := one(t, func(c *Config) {
		c.Allow, c.Deny = []string{"+49", "0*"}, []string{"+49900"}
		c.Called.Out = []Rule{{Strip: "0999", Add: "999"}}
	})
	for number, allowed := range map[string]bool{"+4930123": true, "+49 (30) 123": true, "+49900123": false, "+1212": false, "030123": true, "": false} {
		_, err := tr.Outgoing(Call{Called: number})
		if (err == nil) != allowed || !allowed && call.CauseOf(err) != call.Restricted {
			t.Errorf("%q: %v", number, err)
		}
	}
	if nobody := one(t, func(c *Config) { c.Allow = nil }); nobody.Allows("+4930123") {
		t.Error("outbound is not denied by default")
	}
	if _, err := tr.Outgoing(Call{Called: "0999"}); !errors.Is(err, errEmergency) {
		t.Errorf("a number that becomes 999: %v", err)
	}
}

func TestEmergencyNumbersAreForPeople(t *testing.T) {
	e := Emergency(DefaultEmergency())
	for number, is := range map[string]bool{
		"112": true, "9112": true, "0112": true, "+112": true, "+49110": true, "0049112": true, "1-1-2": true, "911;phone-context=+1": true,
		"1120": false, "5112": false, "+493012112": false, "alice": false, "": false, "030112": false,
	} {
		if e.Is(number) != is {
			t.Errorf("%q is an emergency number: %v", number, !is)
		}
	}
	tr := one(t, func(*Config) {})
	if _, err := tr.Outgoing(Call{Called: "112"}); !errors.Is(err, errEmergency) || call.CauseOf(err) != call.Restricted {
		t.Errorf("a machine dials 112: %v", err)
	}
	if _, err := tr.Outgoing(Call{Called: "112", ByPerson: true}); err != nil {
		t.Errorf("a person dials 112: %v", err)
	}
}

func TestLimitsOutliveAReload(t *testing.T) {
	c := Default("carrier")
	c.MaxChannels, c.MaxCPS = 3, 2
	s, err := New(Settings{Trunks: []Config{c}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1000, 0)
	acquire := func(d call.Direction) (func(), *Full) {
		release, err := s.Trunk("carrier").Acquire(now, d)
		var full *Full
		if err != nil && (!errors.As(err, &full) || call.CauseOf(err) != call.Overloaded) {
			t.Fatal(err)
		}
		return release, full
	}
	first, full := acquire(call.Inbound)
	_, full2 := acquire(call.Outbound)
	if full != nil || full2 != nil {
		t.Fatal(full, full2)
	}
	if _, full := acquire(call.Inbound); full == nil || full.Limit != "max_cps" || full.RetryAfter != time.Second {
		t.Errorf("the third call of a second: %+v", full)
	}
	now = now.Add(time.Second)
	if _, full := acquire(call.Inbound); full != nil {
		t.Errorf("a second later: %+v", full)
	}
	if s, err = New(Settings{Trunks: []Config{c}}, s); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	if _, full := acquire(call.Outbound); full == nil || full.Limit != "max_channels" {
		t.Errorf("the fourth call at once, after a reload: %+v", full)
	}
	first()
	first()
	if _, full := acquire(call.Outbound); full != nil {
		t.Errorf("one has gone: %+v", full)
	}
	if got := s.Trunk("carrier").Usage(); got != (Usage{Inbound: 1, Outbound: 2, InboundTotal: 2, OutboundTotal: 2, InboundRefused: 1, OutboundRefused: 1}) {
		t.Errorf("usage %+v", got)
	}
}

func TestInbound(t *testing.T) {
	wide, narrow := Default("wide"), Default("narrow")
	a, b := Default("account-a"), Default("account-b")
	for name, c := range map[string]*Config{"192.0.2.0/24": &wide, "192.0.2.7": &narrow, "198.51.100.0/24": &a} {
		var r CIDR
		if err := r.UnmarshalText([]byte(name)); err != nil {
			t.Fatal(err)
		}
		c.Addresses = []CIDR{r}
	}
	b.Addresses = a.Addresses
	for _, c := range []*Config{&a, &b} {
		c.Register.Registrars, c.Register.ContactUser = []string{"sip.example.com"}, "user-"+c.Name
	}
	s, err := New(Settings{Trunks: []Config{wide, narrow, a, b}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ addr, user, want string }{
		{"192.0.2.1", "", "wide"}, {"192.0.2.7", "", "narrow"}, {"::ffff:192.0.2.7", "", "narrow"}, {"203.0.113.1", "", ""},
		{"198.51.100.1", "", "account-a"}, {"198.51.100.1", "user-account-b", "account-b"}, {"198.51.100.1", "other", "account-a"},
	} {
		tr, ok := s.InboundFor(netip.MustParseAddr(c.addr), c.user)
		if ok != (c.want != "") || ok && tr.Name != c.want {
			t.Errorf("%s to %q: %v", c.addr, c.user, tr)
		}
	}
}

func TestPlans(t *testing.T) {
	p := Settings{Groups: []Group{{Name: "all", HuntOn: HuntOn{"503"}, Members: []Member{
		{"a", 1, 3}, {"b", 1, 1}, {"c", 2, 0}, {"d", 2, 0}, {"e", 0, 1},
	}}}}
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		p.Trunks = append(p.Trunks, Default(n))
	}
	s, err := New(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := func(random func(int) int) string {
		ts, _ := s.Plan("all", random)
		var names []string
		for _, tr := range ts {
			names = append(names, tr.Name)
		}
		return strings.Join(names, "")
	}
	first := map[string]int{}
	for i := range 4 {
		first[plan(func(n int) int { return i % n })]++
	}
	if first["eabcd"] != 3 || first["ebacd"] != 1 {
		t.Errorf("plans %v", first)
	}
	s.Trunk("e").SetHealth(registration.Down)
	s.Trunk("a").SetHealth(registration.Up)
	if got := plan(func(int) int { return 0 }); got != "abcde" {
		t.Errorf("with e down: %s", got)
	}
	if ts, hunt := s.Plan("b", nil); len(ts) != 1 || hunt != nil {
		t.Errorf("a lone trunk: %v %v", ts, hunt)
	}
	if ts, _ := s.Plan("nobody", nil); ts != nil {
		t.Errorf("nobody: %v", ts)
	}
}

func TestHuntOn(t *testing.T) {
	h := HuntOn{"5xx", "404", "q850:34", "no-response"}
	for _, c := range []struct {
		code, q850 int
		cause      call.Cause
		want       bool
	}{
		{503, 0, call.Congestion, true}, {404, 0, call.NotFound, true}, {486, 0, call.Busy, false}, {486, 34, call.Busy, true},
		{0, 0, call.NoResponse, true}, {0, 0, call.Failed, false}, {200, 0, call.Normal, false},
	} {
		if h.Matches(c.code, c.q850, c.cause) != c.want {
			t.Errorf("%+v", c)
		}
	}
	bad := []string{"soon", "1xx", "q850:200", "normal", "50", "5033", ""}
	if i := slices.IndexFunc(bad, huntable); i >= 0 {
		t.Errorf("%q is taken", bad[i])
	}
}
