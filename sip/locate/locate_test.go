package locate

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// zone is a carrier as RFC 3263 draws it.
var zone = []string{
	`carrier.test. 60 IN NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.carrier.test.`,
	`carrier.test. 60 IN NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.carrier.test.`,
	`carrier.test. 60 IN NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.far.test.`,
	`carrier.test. 60 IN NAPTR 10 50 "u" "E2U+sip" "!.*!sip:x@y!" .`,
	`_sips._tcp.carrier.test. 60 IN SRV 0 1 5061 a.test.`,
	`_sip._tcp.carrier.test. 60 IN SRV 0 1 5070 a.test.`,
	`_sip._udp.far.test. 60 IN SRV 2 0 5062 b.test.`,
	`_sip._udp.far.test. 60 IN SRV 1 0 5060 a.test.`,
	`a.test. 60 IN A 192.0.2.1`,
	`a.test. 60 IN AAAA 2001:db8::1`,
	`b.test. 60 IN A 192.0.2.2`,
	`c.test. 60 IN CNAME d.test.`,
	`d.test. 60 IN CNAME a.test.`,
	`round.test. 60 IN CNAME round.test.`,
	`onlysrv.test. 60 IN A 192.0.2.9`,
	`_sip._udp.onlysrv.test. 60 IN SRV 0 0 5080 b.test.`,
	`_sip._tcp.onlysrv.test. 60 IN SRV 0 0 5090 a.test.`,
	`nosip.test. 60 IN A 192.0.2.10`,
	`_sip._udp.nosip.test. 60 IN SRV 0 0 0 .`,
	`_sip._tcp.dead.test. 60 IN SRV 0 0 5060 nowhere.test.`,
}

func TestFind(t *testing.T) {
	only := func(networks ...string) Speaks {
		return func(network string, addr netip.Addr) bool {
			return slices.Contains(networks, network) && (!addr.IsValid() || addr.Is4())
		}
	}
	for _, c := range []struct {
		name   string
		place  Place
		speaks Speaks
		want   string // hops, or words of the problem after "!"
	}{
		{"NAPTR, SRV, A and AAAA (§4.1)", Place{Host: "carrier.test"}, all,
			"tls 192.0.2.1:5061, tls [2001:db8::1]:5061, tcp 192.0.2.1:5070, tcp [2001:db8::1]:5070, udp 192.0.2.1:5060, udp [2001:db8::1]:5060, udp 192.0.2.2:5062"},
		{"only what we speak", Place{Host: "carrier.test"}, only("udp"), "udp 192.0.2.1:5060, udp 192.0.2.2:5062"},
		{"sips takes TLS only", Place{Host: "carrier.test", Secure: true}, only("udp", "tls"), "tls 192.0.2.1:5061"},
		{"a transport skips NAPTR", Place{Host: "carrier.test", Transport: "tcp"}, only("tcp"), "tcp 192.0.2.1:5070"},
		{"sips;transport=tcp is TLS", Place{Host: "carrier.test", Transport: "tcp", Secure: true}, only("tls"), "tls 192.0.2.1:5061"},
		{"no NAPTR: SRV of each transport, UDP first", Place{Host: "onlysrv.test"}, only("udp", "tcp"), "udp 192.0.2.2:5080, tcp 192.0.2.1:5090"},
		{"no SRV: the name itself, by UDP", Place{Host: "b.test"}, all, "udp 192.0.2.2:5060"},
		{"no SRV of the transport", Place{Host: "b.test", Transport: "tcp"}, all, "tcp 192.0.2.2:5060"},
		{"no SRV for TLS", Place{Host: "b.test", Transport: "tls"}, all, "tls 192.0.2.2:5061"},
		{"no SRV for sips", Place{Host: "b.test", Secure: true}, all, "tls 192.0.2.2:5061"},
		{"a port: no SRV, UDP", Place{Host: "onlysrv.test", Port: 5099}, all, "udp 192.0.2.9:5099"},
		{"a port and a transport", Place{Host: "onlysrv.test", Port: 5099, Transport: "tcp"}, all, "tcp 192.0.2.9:5099"},
		{"an address: UDP, default port", Place{Host: "192.0.2.77"}, all, "udp 192.0.2.77:5060"},
		{"an address with sips", Place{Host: "2001:db8::5", Secure: true}, all, "tls [2001:db8::5]:5061"},
		{"an address over WebSocket", Place{Host: "192.0.2.77", Transport: "ws", Secure: true}, all, "wss 192.0.2.77:443"},
		{"CNAMEs", Place{Host: "c.test", Port: 5060}, only("udp"), "udp 192.0.2.1:5060"},
		{"localhost", Place{Host: "localhost"}, only("udp"), "udp 127.0.0.1:5060"},
		{"/etc/hosts goes before SRV", Place{Host: "desk.test"}, all, "udp 192.0.2.50:5060, udp [2001:db8::50]:5060"},

		{"a circle of CNAMEs", Place{Host: "round.test", Port: 5060}, all, "!A/AAAA of round.test"},
		{"no such name", Place{Host: "nowhere.test"}, all, "!A/AAAA of nowhere.test: no such name; check the name"},
		{"a service that is not offered (RFC 2782)", Place{Host: "nosip.test"}, all, "!SRV of _sip._udp.nosip.test: the name says that it does not offer SIP"},
		{"SRV to nowhere", Place{Host: "dead.test"}, all, "!A/AAAA of nowhere.test.: no such name"},
		{"nothing that we speak", Place{Host: "b.test", Transport: "tls"}, only("udp"), "!none of our listeners reaches it; check the transport"},
		{"sips by UDP", Place{Host: "b.test", Transport: "udp", Secure: true}, all, "!sips goes over TLS"},
		{"no name at all", Place{Host: strings.Repeat("x", 70) + ".test", Port: 1}, all, "!is no domain name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := serveNames(t, zone...).locator(t)
			write(t, l.hosts.path, "2001:db8::50 desk.test\n192.0.2.50 other Desk.test # ours\n")
			hops, err := l.Find(t.Context(), c.place, c.speaks)
			if want, bad := strings.CutPrefix(c.want, "!"); bad {
				var p Problem
				if !errors.As(err, &p) || p.Check() == "" || !strings.Contains(err.Error(), want) {
					t.Fatalf("%v %v; want a Problem with %q", hops, err, want)
				}
				return
			}
			if got := list(hops); err != nil || got != c.want {
				t.Fatalf("%s (%v); want %s", got, err, c.want)
			}
		})
	}
}

func list(hops []Hop) string {
	var texts []string
	for _, h := range hops {
		texts = append(texts, h.String())
	}
	return strings.Join(texts, ", ")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestServersThatFail(t *testing.T) {
	v4 := func(_ string, addr netip.Addr) bool { return !addr.IsValid() || addr.Is4() }
	for _, c := range []struct {
		name string
		kind uint16
		on   string
		f    fault
		want string
	}{
		{"NAPTR is not answered: SRV", dns.TypeNAPTR, "onlysrv.test.", silent, "udp 192.0.2.2:5080, tcp 192.0.2.1:5090"},
		{"NAPTR fails: SRV", dns.TypeNAPTR, "onlysrv.test.", servfail, "udp 192.0.2.2:5080, tcp 192.0.2.1:5090"},
		{"SRV fails: the other transport", dns.TypeSRV, "_sip._udp.onlysrv.test.", servfail, "tcp 192.0.2.1:5090"},
		{"too long for UDP", dns.TypeSRV, "_sip._udp.onlysrv.test.", truncated, "udp 192.0.2.2:5080, tcp 192.0.2.1:5090"},
		{"the AAAA question fails", dns.TypeAAAA, "b.test.", servfail, "udp 192.0.2.2:5080, tcp 192.0.2.1:5090"},
		{"an answer to another question", dns.TypeSRV, "_sip._udp.onlysrv.test.", foreign, "tcp 192.0.2.1:5090"},
		{"one target of two", dns.TypeA, "a.test.", servfail, "udp 192.0.2.2:5080"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := serveNames(t, zone...)
			n.fail(c.on, c.kind, c.f)
			hops, err := n.locator(t).Find(t.Context(), Place{Host: "onlysrv.test"}, v4)
			if got := list(hops); err != nil || got != c.want {
				t.Fatalf("%s (%v); want %s", got, err, c.want)
			}
			if c.f == truncated && n.tcp == 0 {
				t.Error("TCP was not tried")
			}
		})
	}
	t.Run("everything: the problem names each step", func(t *testing.T) {
		n := serveNames(t)
		for _, q := range []key{{"x.test.", dns.TypeNAPTR}, {"_sip._udp.x.test.", dns.TypeSRV}, {"x.test.", dns.TypeA}, {"x.test.", dns.TypeAAAA}} {
			n.fail(q.name, q.kind, servfail)
		}
		_, err := n.locator(t).Find(t.Context(), Place{Host: "x.test"}, v4)
		for _, want := range []string{"A/AAAA of x.test: DNS server " + n.addr + ": SERVFAIL", "NAPTR of x.test before", "SRV of _sip._udp.x.test before", "sip.dns.servers"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v\nlacks %q", err, want)
			}
		}
	})
	t.Run("the second server", func(t *testing.T) {
		dead, n := serveNames(t), serveNames(t, zone...)
		dead.fail("b.test.", dns.TypeA, servfail)
		dead.fail("b.test.", dns.TypeAAAA, servfail)
		l := n.locator(t)
		l.dns.servers = []string{dead.addr, n.addr}
		hops, err := l.Find(t.Context(), Place{Host: "b.test", Port: 5060}, v4)
		if err != nil || list(hops) != "udp 192.0.2.2:5060" {
			t.Fatalf("%v %v", hops, err)
		}
	})
}

func TestWeights(t *testing.T) {
	var records []*dns.SRV
	for _, w := range []uint16{60, 20, 20, 0} {
		records = append(records, &dns.SRV{Priority: 1, Weight: w, Port: w})
	}
	records = append(records, &dns.SRV{Priority: 0, Weight: 1, Port: 1})
	dice := rand.New(rand.NewPCG(1, 2))
	const trials = 20000
	first := make(map[uint16]int)
	for range trials {
		order := byWeight(records, dice.IntN)
		if len(order) != len(records) || order[0].Priority != 0 {
			t.Fatalf("priority 0 is not first: %v", order)
		}
		first[order[1].Weight]++
	}
	for weight, share := range map[uint16]float64{60: 0.6, 20: 0.4, 0: 0.01} {
		got := float64(first[weight]) / trials
		if got < share-0.02 || got > share+0.02 {
			t.Errorf("weight %d is first in %.3f, want %.2f", weight, got, share)
		}
	}
	if first[0] == 0 {
		t.Error("weight 0 is never first (RFC 2782 wants a small chance)")
	}
}

func TestConfig(t *testing.T) {
	var problems []string
	report := func(key, problem, remedy string) { problems = append(problems, key) }
	Defaults().Validate(report)
	Config{Servers: []string{"192.0.2.53", "[2001:db8::53]:5353", "ns.test"}, Timeout: time.Millisecond}.Validate(report)
	if got := strings.Join(problems, " "); got != "servers[2] timeout" {
		t.Errorf("problems: %s", got)
	}
	if _, err := New(Defaults()); err != nil {
		t.Error(err)
	}
}
