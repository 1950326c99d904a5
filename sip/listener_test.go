package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/media/rtp"
	"parley/sip/trunk"
)

func TestStrangersAreDropped(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Addresses = []trunk.CIDR{{Prefix: netip.MustParsePrefix("192.0.2.0/24")}}
	s := start(t, cfg, answering)
	p := newPeer(t, s)
	p.send(req{method: "OPTIONS", seq: 1})
	p.raw("garbage")
	eventually(t, "drops counted", func() bool { return s.Stats().Dropped == 2 })
	if m := p.read(50 * time.Millisecond); m != nil {
		t.Errorf("a stranger was told %v", m)
	}
	if c, err := net.Dial("tcp4", s.addr("tcp").String()); err == nil { // else it is reset already
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := c.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("TCP: %v", err)
		}
	}
	// Whom we call may answer, though he is no peer.
	out, invite := dialed(p, s)
	p.respond(invite, 486, "b1", "", "")
	p.request("ACK")
	if e := ending(t, out); e.Cause != call.Busy {
		t.Errorf("ended: %v", e)
	}
}

func TestStrangersAreRejected(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks, cfg.Unknown = nil, RejectUnknown
	s := start(t, cfg, answering)
	p := newPeer(t, s)
	p.send(req{method: "OPTIONS", seq: 1})
	p.response(403, "OPTIONS")
}

func TestLimit(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.MaxCalls = 1
	s := start(t, cfg, answering)
	p, q := newPeer(t, s), newPeer(t, s)
	tag := established(p)
	q.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	if res := q.response(503, "INVITE"); res.GetHeader("Retry-After") == nil {
		t.Error("no Retry-After")
	}
	if _, err := s.Originate(t.Context(), call.Target{URI: "sip:b@127.0.0.1"}); call.CauseOf(err) != call.Overloaded {
		t.Errorf("Originate: %v", err)
	}
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
}

func TestDrain(t *testing.T) {
	s := start(t, testConfig(), answering)
	p, q := newPeer(t, s), newPeer(t, s)
	tag := established(p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Drain(ctx); err == nil || !strings.Contains(err.Error(), "1 calls still up") {
		t.Errorf("Drain: %v", err)
	}
	q.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	q.response(503, "INVITE")
	q.send(req{method: "OPTIONS", seq: 1})
	q.response(503, "OPTIONS")
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
	if err := s.Drain(t.Context()); err != nil {
		t.Errorf("Drain: %v", err)
	}
}

// When a UDP listener has met too many addresses, another generation takes
// over; calls go on.
func TestListenerGenerations(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Listen = cfg.Listen[:1]
	s, err := New(cfg, Deps{Ports: noPorts{}, Handler: answering})
	if err != nil {
		t.Fatal(err)
	}
	s.serveUDP(s.endpoints[0], 3, time.Second)
	for i := range 10 {
		p := newPeer(t, s)
		p.send(req{method: "OPTIONS", seq: i + 1})
		p.response(200, "OPTIONS")
	}
	eventually(t, "sipgo forgets all but the last three addresses", func() bool {
		return s.transport.Pool("udp").Size() <= 4 // and our own
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseReleasesCalls(t *testing.T) {
	handler, calls := reporting()
	cfg := testConfig()
	s := start(t, cfg, handler)
	p := newPeer(t, s)
	tag := established(p)
	c := next(t, calls)
	done := make(chan error, 1)
	p.send(req{method: "OPTIONS", seq: 2, toTag: tag})
	p.response(200, "OPTIONS") // the dialog stands
	go func() { done <- s.Close() }()
	p.respond(p.request("BYE"), 200, "ann", "", "")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if e := ending(t, c); e.Cause != call.Draining {
		t.Errorf("ended: %v", e)
	}
}

func TestCallsOverTCP(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	out, err := another(t).Originate(t.Context(), call.Target{URI: fmt.Sprintf("sip:100@%s;transport=tcp", s.addr("tcp")), Caller: "1"})
	if err != nil {
		t.Fatal(err)
	}
	in := next(t, calls)
	for _, c := range []call.Call{in, out} {
		if err := c.Await(t.Context(), call.Answered); err != nil {
			t.Fatal(err)
		}
	}
	in.Hangup(call.System, call.Normal)
	if e := ending(t, out); e.By != call.Customer || e.Cause != call.Normal {
		t.Errorf("ended: %v", e)
	}
	if n := s.Stats().Guard.Connections; n != 1 {
		t.Errorf("%d TCP connections for one call", n)
	}
}

// noPorts has none.

type noPorts struct{}

func (noPorts) Open(rtp.Options) (*rtp.Session, error) { return nil, rtp.ErrNoPorts }

func TestCallOverIPv6(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			cfg := testConfig()
			for i := range cfg.Listen {
				cfg.Listen[i].Address = "[::1]:0"
			}
			l, err := cfg.Listen[0].open(slog.Default())
			if err != nil {
				t.Skipf("this machine has no IPv6 loopback: %v", err)
			}
			l.close()
			handler, calls := reporting()
			s := startWith(t, cfg, handler, portsAt(t, "::1"))
			far := launch(t, cfg, answering, portsAt(t, "::1"))
			out, err := far.Originate(t.Context(), call.Target{URI: fmt.Sprintf("sip:100@%s;transport=%s", s.addr(network), network)})
			if err != nil {
				t.Fatal(err)
			}
			in := next(t, calls)
			for _, c := range []call.Call{in, out} {
				if err := c.Await(t.Context(), call.Answered); err != nil {
					t.Fatal(err)
				}
			}
			in.Hangup(call.Agent, call.Normal)
			if e := ending(t, out); e.By != call.Customer {
				t.Errorf("ended: %v", e)
			}
		})
	}
}
