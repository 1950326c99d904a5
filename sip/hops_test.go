package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/miekg/dns"

	"parley/call"
	"parley/sip/locate"
)

// names serves DNS records on loopback and makes cfg ask there.
func names(t *testing.T, cfg *Config, records ...string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var zone []dns.RR
	for _, text := range records {
		r, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		zone = append(zone, r)
	}
	started, done := make(chan struct{}), make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		for _, r := range zone {
			if r.Header().Name == q.Question[0].Name && r.Header().Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, r)
			}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { defer close(done); _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown(); <-done })
	cfg.DNS.Servers = []string{conn.LocalAddr().String()}
}

// srvRecords name peers as the SRV targets of carrier.test, in their order.
func srvRecords(peers ...*peer) []string {
	records := []string{"one.carrier.test. 60 IN A 127.0.0.1"}
	for i, p := range peers {
		port := netip.MustParseAddrPort(p.addr()).Port()
		records = append(records, fmt.Sprintf("_sip._udp.carrier.test. 60 IN SRV %d 1 %d one.carrier.test.", i, port))
	}
	return records
}

// TestFailover: the name stands for two servers, the first of which is of no
// use (RFC 3263 §4.3).
func TestFailover(t *testing.T) {
	t.Parallel()
	for name, useless := range map[string]func(p *peer){
		"silent": func(*peer) {},
		"503":    func(p *peer) { p.respond(p.request("INVITE"), 503, "x", "Retry-After: 10\r\n", "") },
	} {
		t.Run(name, func(t *testing.T) {
			first, second := loose(t), loose(t)
			cfg := testConfig()
			names(t, &cfg, srvRecords(first, second)...)
			s := start(t, cfg, answering)
			for range 2 { // the second call spares itself the first address
				c, err := s.Originate(t.Context(), call.Target{URI: "sip:bob@carrier.test"})
				if err != nil {
					t.Fatal(err)
				}
				if useless != nil {
					useless(first)
					useless = nil
				}
				invite := second.request("INVITE")
				second.respond(invite, 200, "b1", second.contact(), sdpOf(4000))
				second.request("ACK")
				second.hangUp(invite, "b1")
				ending(t, c)
			}
			for m := first.read(time.Millisecond); m != nil; m = first.read(time.Millisecond) {
				if r, ok := m.(*sipmsg.Request); ok && !r.IsAck() && r.CSeq().SeqNo != 1 {
					t.Errorf("the useless server was asked again: %s", r.StartLine())
				}
			}
		})
	}
}

// TestFailoverOfTransports: TCP is preferred, and refused.
func TestFailoverOfTransports(t *testing.T) {
	p := loose(t)
	port := netip.MustParseAddrPort(p.addr()).Port()
	cfg := testConfig()
	names(t, &cfg, append(srvRecords(p),
		`carrier.test. 60 IN NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp.carrier.test.`,
		`carrier.test. 60 IN NAPTR 2 1 "s" "SIP+D2U" "" _sip._udp.carrier.test.`,
		fmt.Sprintf("_sip._tcp.carrier.test. 60 IN SRV 1 1 %d one.carrier.test.", port))...) // nobody listens
	s := start(t, cfg, answering)
	c, err := s.Originate(t.Context(), call.Target{URI: "sip:bob@carrier.test"})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.request("INVITE")
	if got := invite.Via().Transport; got != "UDP" || invite.Contact().Address.UriParams.Has("transport") {
		t.Errorf("not by UDP:\n%s", invite)
	}
	p.respond(invite, 486, "b1", "", "")
	p.request("ACK")
	if e := ending(t, c); e.Cause != call.Busy {
		t.Errorf("ended: %v", e)
	}
}

// TestRequestsInDialogByName: the peer's Contact is a name with SRV records.
func TestRequestsInDialogByName(t *testing.T) {
	p := loose(t)
	cfg := testConfig()
	names(t, &cfg, srvRecords(p)...)
	s := start(t, cfg, answering)
	c, invite := dialed(p, s)
	p.respond(invite, 200, "b1", "Contact: <sip:bob@carrier.test>\r\n", sdpOf(4000))
	p.request("ACK")
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.System, call.Normal)
	p.respond(p.request("BYE"), 200, "b1", "", "")
}

func TestProbesFailOver(t *testing.T) {
	first, second := loose(t), loose(t)
	cfg := testConfig()
	names(t, &cfg, srvRecords(first, second)...)
	carrier := cfg.Trunks[0]
	carrier.Name, carrier.Host, carrier.Addresses = "carrier", "carrier.test", nil
	carrier.Qualify.Every, carrier.Qualify.Timeout = time.Minute, 4*time.Second
	cfg.Trunks = append(cfg.Trunks, carrier)
	s := start(t, cfg, answering)
	second.respond(second.request("OPTIONS"), 200, "b1", "", "")
	eventually(t, "the trunk is up", func() bool { return s.TrunkStatus()[1].Health == "up" })
}

func TestPlaces(t *testing.T) {
	for text, want := range map[string]struct {
		over string
		locate.Place
	}{
		"sip:a@carrier.test":                    {"", locate.Place{Host: "carrier.test"}},
		"sip:a@carrier.test:5070":               {"udp", locate.Place{Host: "carrier.test", Port: 5070, Transport: "udp"}},
		"sip:a@carrier.test;transport=TCP":      {"udp", locate.Place{Host: "carrier.test", Transport: "tcp"}},
		"sips:a@carrier.test":                   {"udp", locate.Place{Host: "carrier.test", Secure: true}},
		"sips:a@carrier.test;transport=tcp":     {"", locate.Place{Host: "carrier.test", Transport: "tls", Secure: true}},
		"sip:a@carrier.test;maddr=192.0.2.1":    {"", locate.Place{Host: "192.0.2.1"}},
		"sip:a@[2001:db8::1]:5060;transport=ws": {"", locate.Place{Host: "2001:db8::1", Port: 5060, Transport: "ws"}},
		"sips:a@carrier.test;transport=wss":     {"", locate.Place{Host: "carrier.test", Transport: "wss", Secure: true}},
	} {
		var uri sipmsg.Uri
		if err := sipmsg.ParseUri(text, &uri); err != nil {
			t.Fatal(err)
		}
		if got, err := placeOf(uri, want.over); err != nil || got != want.Place {
			t.Errorf("%s: %+v (%v), want %+v", text, got, err, want.Place)
		}
	}
	var uri sipmsg.Uri
	_ = sipmsg.ParseUri("sip:a@b;transport=sctp", &uri)
	if _, err := placeOf(uri, ""); err == nil || !strings.Contains(err.Error(), "sctp") {
		t.Errorf("%v", err)
	}
}
