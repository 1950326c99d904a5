package sip

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"parley/call"
	"parley/media/rtp"
	"parley/sip/overload"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.fuzz"); f == nil || f.Value.String() == "" {
		_ = flag.Set("test.parallel", "64") // they wait for SIP's timers, not for a processor
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come. It never passes when
// all is well.
const patience = 10 * time.Second

// quick are timers that make 64*T1 last 3.2 s.
var quick = Timers{T1: 50 * time.Millisecond, T2: 200 * time.Millisecond, T4: 250 * time.Millisecond}

func testConfig() Config {
	cfg := Defaults()
	cfg.Listen = []Listener{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0"}}
	cfg.Timers = quick
	cfg.Overload = overload.Config{} // the machine may be busy with other tests
	cfg.RingTimeout = 5 * time.Second
	return cfg
}

// start runs a server for the test. When the test ends, everything must be
// gone without help: dialogs first, then transactions.
func start(t *testing.T, cfg Config, h call.Handler, tune ...func(*Server)) *Server {
	t.Helper()
	return startWith(t, cfg, h, portsAt(t, "127.0.0.1"), tune...)
}

func portsAt(t *testing.T, addr string) Ports {
	t.Helper()
	pool, err := rtp.NewPool(netip.MustParseAddr(addr), 20000, 29998)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

func startWith(t *testing.T, cfg Config, h call.Handler, ports Ports, tune ...func(*Server)) *Server {
	t.Helper()
	t.Parallel()
	return launch(t, cfg, h, ports, tune...)
}

// another is a second server, for calls between the two.
func another(t *testing.T) *Server {
	t.Helper()
	return launch(t, testConfig(), answering, portsAt(t, "127.0.0.1"))
}

func launch(t *testing.T, cfg Config, h call.Handler, ports Ports, tune ...func(*Server)) *Server {
	t.Helper()
	s, err := New(cfg, Deps{Ports: ports, Handler: h, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tune {
		f(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		if err := s.Drain(ctx); err != nil {
			t.Errorf("calls are left: %v", err)
		}
		eventually(t, "no transactions", func() bool { return s.Stats().Transactions == 0 })
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if n := s.Stats().Panics; n != 0 && !t.Failed() && !strings.Contains(t.Name(), "Panic") {
			t.Errorf("%d panics", n)
		}
	})
	return s
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func (s *Server) addr(network string) netip.AddrPort {
	for _, a := range s.Addrs() {
		if a.Network == network {
			return a.AddrPort
		}
	}
	panic("no " + network)
}

// peer is a SIP endpoint that does just what a test tells it, over UDP.
type peer struct {
	t      *testing.T
	conn   *net.UDPConn
	to     netip.AddrPort
	callID string
	seq    map[string]int // last CSeq sent, by method
	seen   map[string]bool
	// skipped are messages that expect passed over.
	skipped []string
}

func newPeer(t *testing.T, s *Server) *peer {
	t.Helper()
	p := loose(t)
	p.to = s.addr("udp")
	return p
}

// loose is a peer that waits for a server to find it.
func loose(t *testing.T) *peer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &peer{t: t, conn: conn, callID: newCallID(), seq: make(map[string]int)}
}

func (p *peer) addr() string { return p.conn.LocalAddr().String() }

func (p *peer) raw(text string) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort([]byte(text), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// req is a request to send; zero fields get what a well-behaved peer says.
type req struct {
	method, uri   string
	seq           int
	branch, toTag string
	body          string
	headers       string // more lines, each with \r\n
	from          string // who sends it, "ann" if empty
	noMaxForwards bool
}

func (p *peer) send(r req) {
	p.t.Helper()
	if r.uri == "" {
		r.uri = "sip:100@" + p.to.String()
	}
	if r.branch == "" {
		r.branch = sipmsg.GenerateBranch()
	}
	p.seq[r.method] = r.seq
	to := "<sip:100@parley>"
	if r.toTag != "" {
		to += ";tag=" + r.toTag
	}
	if !r.noMaxForwards {
		r.headers += "Max-Forwards: 70\r\n"
	}
	if r.body != "" && !strings.Contains(r.headers, "Content-Type") {
		r.headers += "Content-Type: application/sdp\r\n"
	}
	p.raw(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nFrom: \"Ann\" <sip:%s@example.com>;tag=ann\r\n"+
		"To: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:ann@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		r.method, r.uri, p.addr(), r.branch, cmp.Or(r.from, "ann"), to, p.callID, r.seq, r.method, p.addr(), r.headers, len(r.body), r.body))
}

// read returns the next message, or nil when d has passed.
func (p *peer) read(d time.Duration) sipmsg.Message {
	p.t.Helper()
	buf := make([]byte, 65536)
	_ = p.conn.SetReadDeadline(time.Now().Add(d))
	n, from, err := p.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		return nil
	}
	if !p.to.IsValid() {
		p.to = from // the server has found us
	}
	m, err := sipmsg.ParseMessage(buf[:n])
	if err != nil {
		p.t.Fatalf("the server sent what is no SIP: %v\n%s", err, buf[:n])
	}
	return m
}

// response waits for a response with that code to the last request of that
// method; those to earlier ones come again when the machine is slow.
func (p *peer) response(code int, method string) *sipmsg.Response {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		m := p.read(time.Until(end))
		if r, ok := m.(*sipmsg.Response); ok && r.StatusCode == code && string(r.CSeq().MethodName) == method &&
			(p.seq[method] == 0 || int(r.CSeq().SeqNo) == p.seq[method]) {
			return r
		}
		p.skip(m)
	}
	p.t.Fatalf("no %d to %s; but:\n%s", code, method, strings.Join(p.skipped, "\n"))
	return nil
}

// request waits for a request of that method.
func (p *peer) request(method string) *sipmsg.Request {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		m := p.read(time.Until(end))
		if r, ok := m.(*sipmsg.Request); ok && string(r.Method) == method && p.isNew(r) {
			return r
		}
		p.skip(m)
	}
	p.t.Fatalf("no %s; but:\n%s", method, strings.Join(p.skipped, "\n"))
	return nil
}

// repeated waits for a request that has come before.
func (p *peer) repeated(r *sipmsg.Request) {
	p.t.Helper()
	delete(p.seen, requestID(r))
	if again := p.request(string(r.Method)); requestID(again) != requestID(r) {
		p.t.Errorf("%s is not the one before", r.Method)
	}
}

func requestID(r *sipmsg.Request) string {
	return string(r.Method) + " " + r.Via().Params.GetOr("branch", "")
}

// isNew tells whether r is not one that request has returned before: on a
// busy machine requests are repeated. (An ACK may be wanted again.)
func (p *peer) isNew(r *sipmsg.Request) bool {
	id := requestID(r)
	if !r.IsAck() && p.seen[id] {
		return false
	}
	if p.seen == nil {
		p.seen = make(map[string]bool)
	}
	p.seen[id] = true
	return true
}

func (p *peer) skip(m sipmsg.Message) {
	switch m := m.(type) {
	case *sipmsg.Request:
		p.skipped = append(p.skipped, m.StartLine())
	case *sipmsg.Response:
		p.skipped = append(p.skipped, m.StartLine())
	}
}

// respond answers a request of the server's.
func (p *peer) respond(r *sipmsg.Request, code int, tag, headers, body string) {
	p.t.Helper()
	res := sipmsg.NewResponseFromRequest(r, code, phrase(code), nil)
	to := res.To()
	to.Params.Remove("tag")
	if tag != "" {
		to.Params.Add("tag", tag)
	}
	for _, line := range strings.Split(strings.TrimSpace(headers), "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			res.AppendHeader(sipmsg.NewHeader(name, value))
		}
	}
	if body != "" {
		describe(res, []byte(body))
	}
	p.raw(res.String())
}

// offer is the SDP of a peer whose RTP port is port.
func sdpOf(port int, lines ...string) string {
	return fmt.Sprintf("v=0\r\no=ann 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n%s", port, strings.Join(append(lines, ""), "\r\n"))
}

// answering is a Handler that answers and waits for the end.
func answering(ctx context.Context, c call.Call) error {
	if err := c.Answer(); err != nil {
		return err
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// reporting sends each call it gets to the channel, answers, and waits.
func reporting() (call.Handler, <-chan call.Call) {
	calls := make(chan call.Call, 16)
	return func(ctx context.Context, c call.Call) error {
		calls <- c
		return answering(ctx, c)
	}, calls
}

func next(t *testing.T, calls <-chan call.Call) call.Call {
	t.Helper()
	select {
	case c := <-calls:
		return c
	case <-time.After(patience):
		t.Fatal("no call came")
		return nil
	}
}

// ending waits for c's end and returns it.
func ending(t *testing.T, c call.Call) *call.Ended {
	t.Helper()
	select {
	case <-c.Context().Done():
	case <-time.After(patience):
		t.Fatalf("the call goes on, in state %v", c.State())
	}
	var e *call.Ended
	if !errors.As(context.Cause(c.Context()), &e) {
		t.Fatalf("the call's context ended with %v", context.Cause(c.Context()))
	}
	return e
}
