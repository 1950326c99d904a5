package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/media/rtp"
)

// TestRefusals: what cannot be served gets the status that the RFC names.
func TestRefusals(t *testing.T) {
	s := start(t, testConfig(), answering)
	tests := []struct {
		name   string
		req    req
		code   int
		header string // that must be there
	}{
		{"options", req{method: "OPTIONS", seq: 1}, 200, "Accept: application/sdp"},
		{"options at the last hop", req{method: "OPTIONS", seq: 1, noMaxForwards: true, headers: "Max-Forwards: 0\r\n"}, 200, "Allow: " + allowed},
		{"too many hops", req{method: "INVITE", seq: 1, noMaxForwards: true, headers: "Max-Forwards: 0\r\n"}, 483, ""},
		{"extension", req{method: "INVITE", seq: 1, headers: "Require: 100rel\r\nRequire: timer\r\n"}, 420, "Unsupported: 100rel, timer"},
		{"register", req{method: "REGISTER", seq: 1}, 405, "Allow: " + allowed},
		{"message", req{method: "MESSAGE", seq: 1}, 405, ""},
		{"unheard of", req{method: "DANCE", seq: 1}, 501, ""},
		{"stray bye", req{method: "BYE", seq: 1}, 481, ""},
		{"stray cancel", req{method: "CANCEL", seq: 1}, 481, ""},
		{"unknown dialog", req{method: "BYE", seq: 1, toTag: "gone"}, 481, ""},
		{"invite in unknown dialog", req{method: "INVITE", seq: 1, toTag: "gone", body: sdpOf(4000)}, 481, ""},
		{"content type", req{method: "INVITE", seq: 1, body: "hello", headers: "Content-Type: text/plain\r\n"}, 415, "Accept: application/sdp"},
		{"scheme", req{method: "INVITE", seq: 1, uri: "http://example.com/"}, 416, ""},
		{"not sdp", req{method: "INVITE", seq: 1, body: "v=0\r\nhello\r\n"}, 400, ""},
		{"video only", req{method: "INVITE", seq: 1, body: strings.Replace(sdpOf(4000), "audio", "video", 1)}, 488, ""},
		{"no common codec", req{method: "INVITE", seq: 1, body: strings.Replace(sdpOf(4000), "0 8 101", "18 101", 1)}, 488, ""},
		{"srtp", req{method: "INVITE", seq: 1, body: strings.Replace(sdpOf(4000), "RTP/AVP", "RTP/SAVP", 1)}, 488, ""},
	}
	for _, test := range tests {
		p := newPeer(t, s)
		p.send(test.req)
		res := p.response(test.code, test.req.method)
		if name, value, ok := strings.Cut(test.header, ": "); ok {
			if h := res.GetHeader(name); h == nil || h.Value() != value {
				t.Errorf("%s: %s: %v, want %s", test.name, name, h, value)
			}
		}
	}
}

func TestMergedRequest(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKone"})
	p.response(100, "INVITE")
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKtwo"})
	p.response(482, "INVITE")
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
}

func TestOrderOfRequests(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	tag := established(p)
	p.send(req{method: "OPTIONS", seq: 5, toTag: tag}) // a gap is allowed
	p.response(200, "OPTIONS")
	p.send(req{method: "OPTIONS", seq: 4, toTag: tag})
	p.response(500, "OPTIONS") // §12.2.2
	p.send(req{method: "UPDATE", seq: 6, toTag: tag})
	p.response(405, "UPDATE")
	p.send(req{method: "BYE", seq: 7, toTag: tag})
	p.response(200, "BYE")
}

// Requests that change places on their way to the actor are served in their
// own order.
func TestSwappedRequests(t *testing.T) {
	s := start(t, testConfig(), answering)
	d := s.newDialog(t.Context(), call.Info{}, state{callID: "1", localTag: "l", remoteTag: "r", remoteSeq: 6})
	var got []int
	arrive := func(seq uint32) {
		r := sipmsg.NewRequest(sipmsg.OPTIONS, sipmsg.Uri{Host: "x"})
		r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: seq, MethodName: sipmsg.OPTIONS})
		tx := sipmsg.NewServerTx("", r, &recorder{each: func(res *sipmsg.Response) { got = append(got, int(res.CSeq().SeqNo), res.StatusCode) }}, s.log)
		if err := tx.Init(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tx.Terminate)
		d.inOrder(r, tx)
	}
	for _, seq := range []uint32{9, 8, 7, 7} {
		arrive(seq)
	}
	if want := []int{7, 200, 8, 200, 9, 200, 7, 500}; !slices.Equal(got, want) {
		t.Errorf("served %v, want %v", got, want)
	}
}

// A re-INVITE while the last 2xx is not acknowledged is one too many.
func TestReINVITEBeforeACK(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	tag := toTag(p.response(200, "INVITE"))
	p.send(req{method: "INVITE", seq: 2, toTag: tag, body: sdpOf(4000)})
	p.response(491, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: tag})
	p.send(req{method: "BYE", seq: 3, toTag: tag})
	p.response(200, "BYE")
}

func TestHoldAndRefresh(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	tag := established(p)
	d := next(t, calls).(*dialog)
	acknowledged := func() bool {
		done := make(chan bool, 1)
		return d.post(func() { done <- d.unacked == nil }) && <-done
	}
	reinvite := func(seq int, body string) string {
		t.Helper()
		eventually(t, "ACK", acknowledged)
		p.send(req{method: "INVITE", seq: seq, toTag: tag, body: body})
		ok := p.response(200, "INVITE")
		p.send(req{method: "ACK", seq: seq, toTag: tag})
		return string(ok.Body())
	}
	epoch := func() (send, receive bool) {
		done := make(chan struct{})
		d.post(func() { send, receive = d.leg.agreed.epoch.Send, d.leg.agreed.epoch.Receive; close(done) })
		<-done
		return
	}
	first := reinvite(2, sdpOf(4000)) // a refresh
	if !strings.Contains(first, "a=sendrecv") || !strings.Contains(first, " 0 IN IP4") {
		t.Errorf("refresh: version changed:\n%s", first)
	}
	held := reinvite(3, sdpOf(4000, "a=sendonly"))
	if send, receive := epoch(); send || !receive || !strings.Contains(held, "a=recvonly") || !strings.Contains(held, " 1 IN IP4") {
		t.Errorf("sendonly: send %v receive %v\n%s", send, receive, held)
	}
	held = reinvite(4, sdpOf(4000, "a=inactive"))
	if send, receive := epoch(); send || receive || !strings.Contains(held, "a=inactive") {
		t.Errorf("inactive: send %v receive %v\n%s", send, receive, held)
	}
	back := reinvite(5, sdpOf(4000, "a=sendrecv"))
	if send, receive := epoch(); !send || !receive || !strings.Contains(back, "a=sendrecv") {
		t.Errorf("back: send %v receive %v\n%s", send, receive, back)
	}
	eventually(t, "ACK", acknowledged)
	p.send(req{method: "INVITE", seq: 6, toTag: tag, body: strings.Replace(sdpOf(4000), "0 8 101", "18", 1)})
	p.response(488, "INVITE")
	if d.State() != call.Answered {
		t.Errorf("a refused re-INVITE left the call %v", d.State())
	}
	p.send(req{method: "BYE", seq: 7, toTag: tag})
	p.response(200, "BYE")
}

func TestStrangersAreDropped(t *testing.T) {
	cfg := testConfig()
	cfg.Peers = []Peer{{Name: "far", Addresses: []CIDR{{netip.MustParsePrefix("192.0.2.0/24")}}}}
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
	cfg.Peers, cfg.Unknown = nil, RejectUnknown
	s := start(t, cfg, answering)
	p := newPeer(t, s)
	p.send(req{method: "OPTIONS", seq: 1})
	p.response(403, "OPTIONS")
}

func TestMalformedRequests(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	bad := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	p.raw(bad("INVITE sip:100@x SIP/2.0\nVia: SIP/2.0/UDP " + p.addr() + ";branch=z9hG4bK1\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\n" +
		"Call-ID: 1\nCSeq: many INVITE\nContent-Length: 0\n\n"))
	// The 400 repeats the broken CSeq, so it cannot be parsed either.
	buf := make([]byte, 2048)
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	if n, err := p.conn.Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), "SIP/2.0 400 Bad Request\r\n") || !strings.Contains(string(buf[:n]), "CSeq: many INVITE") {
		t.Errorf("%v: %s", err, buf[:n])
	}
	p.raw(bad("OPTIONS sip:100@x SIP/2.0\nVia: SIP/2.0/UDP " + p.addr() + ";branch=z9hG4bK2\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\n" +
		"Call-ID: 2\nCSeq: 1 INVITE\nContent-Length: 0\n\n"))
	p.response(400, "INVITE") // CSeq names another method
	p.raw("\x00\xff\x17 not sip at all")
	p.raw("\r\n\r\n")
	eventually(t, "garbage counted", func() bool { return s.Stats().Malformed == 2 })
	p.send(req{method: "OPTIONS", seq: 1})
	p.response(200, "OPTIONS")
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
	out, err := s.Originate(t.Context(), call.Target{URI: fmt.Sprintf("sip:100@%s;transport=tcp", s.addr("tcp")), Caller: "1"})
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
	if n := s.connections.Load(); n != 1 {
		t.Errorf("%d TCP connections for one call", n)
	}
}

// noPorts has none.
type noPorts struct{}

func (noPorts) Open(rtp.Options) (*rtp.Session, error) { return nil, rtp.ErrNoPorts }

func TestCallOverIPv6(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			cfg := testConfig()
			for i := range cfg.Listen {
				cfg.Listen[i].Address = "[::1]:0"
			}
			l, err := cfg.Listen[0].open()
			if err != nil {
				t.Skipf("this machine has no IPv6 loopback: %v", err)
			}
			l.close()
			handler, calls := reporting()
			s := startWith(t, cfg, handler, portsAt(t, "::1"))
			out, err := s.Originate(t.Context(), call.Target{URI: fmt.Sprintf("sip:100@%s;transport=%s", s.addr(network), network)})
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
