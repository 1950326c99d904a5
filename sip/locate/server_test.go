package locate

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// nameServer is a DNS server on loopback that says what a test tells it.
type nameServer struct {
	t      *testing.T
	addr   string
	mu     sync.Mutex
	zone   map[key][]dns.RR
	faults map[key]fault
	asked  map[key]int
	tcp    int
}

type fault int

const (
	silent fault = iota + 1
	servfail
	truncated // by UDP
	foreign   // it answers another question
)

// listenBoth opens UDP and TCP on one port, which others may have taken of
// one of the two.
func listenBoth(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 50 {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err == nil {
			return udp, tcp
		}
		udp.Close()
	}
	t.Fatal("no port is free for both UDP and TCP")
	return nil, nil
}

func serveNames(t *testing.T, records ...string) *nameServer {
	t.Helper()
	n := &nameServer{t: t, zone: make(map[key][]dns.RR), faults: make(map[key]fault), asked: make(map[key]int)}
	n.add(records...)
	udp, tcp := listenBoth(t)
	n.addr = udp.LocalAddr().String()
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: n}, {Listener: tcp, Handler: n}} {
		started, done := make(chan struct{}), make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { defer close(done); _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown(); <-done })
	}
	return n
}

func (n *nameServer) add(records ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, text := range records {
		r, err := dns.NewRR(text)
		if err != nil {
			n.t.Fatal(err)
		}
		k := key{r.Header().Name, r.Header().Rrtype}
		n.zone[k] = append(n.zone[k], r)
	}
}

func (n *nameServer) fail(name string, kind uint16, f fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults[key{name, kind}] = f
}

func (n *nameServer) count(name string, kind uint16) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[key{name, kind}]
}

func (n *nameServer) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := key{dns.CanonicalName(q.Question[0].Name), q.Question[0].Qtype}
	n.asked[k]++
	_, byTCP := w.RemoteAddr().(*net.TCPAddr)
	if byTCP {
		n.tcp++
	}
	m := new(dns.Msg)
	m.SetReply(q)
	m.Answer = n.zone[k]
	if alias := n.zone[key{k.name, dns.TypeCNAME}]; len(alias) > 0 && len(m.Answer) == 0 {
		m.Answer = alias // and no more: the client has to follow
	}
	switch n.faults[k] {
	case silent:
		return
	case servfail:
		m.Rcode, m.Answer = dns.RcodeServerFailure, nil
	case truncated:
		if !byTCP {
			m.Truncated, m.Answer = true, nil
		}
	case foreign:
		m.Question[0].Name = "other.test."
	}
	if len(m.Answer) == 0 && m.Rcode == dns.RcodeSuccess && !n.exists(k.name) {
		m.Rcode = dns.RcodeNameError
	}
	_ = w.WriteMsg(m)
}

func (n *nameServer) exists(name string) bool {
	for k := range n.zone {
		if k.name == name {
			return true
		}
	}
	return false
}

// locator asks only n. Chance is always 0, unless the test says otherwise.
func (n *nameServer) locator(t *testing.T) *Locator {
	t.Helper()
	l, err := New(Config{Servers: []string{n.addr}, Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	l.intn = func(int) int { return 0 }
	l.hosts.path = t.TempDir() + "/hosts"
	return l
}

// clock is a time that a test sets.
type clock struct{ now time.Time }

func (c *clock) set(l *Locator) {
	c.now = time.Now()
	l.now = func() time.Time { return c.now }
	l.dns.cache.now = l.now
}

// all speaks everything.
func all(string, netip.Addr) bool { return true }
