package sip

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

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
