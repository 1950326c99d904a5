package sip

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxSources is how many source addresses one generation of a UDP listener
// serves. sipgo remembers each for as long as the listener lives.
const maxSources = 4096

// handOver is how long a generation outlives its last message, because sipgo
// looks up where to answer only when it comes to it.
const handOver = 5 * time.Second

// udpGeneration is a UDP listener as sipgo sees it: it drops what strangers
// and lunatics send before the parser sees it. When it has met maxSources
// addresses it hands the socket to a successor and ends, so that sipgo
// forgets them; transactions in flight still write through it.
type udpGeneration struct {
	*net.UDPConn
	admits   func(netip.AddrPort, []byte) bool
	trouble  func(error)
	screen   *screen
	absorber *absorber
	// succeed starts another generation and returns when it is about to read.
	succeed func()
	reading func() // called once, at the first read
	once    sync.Once
	local   netip.AddrPort
	tap     func(from, to netip.AddrPort, message []byte)
	limit   int
	linger  time.Duration
	closing <-chan struct{}
	seen    map[netip.AddrPort]struct{} // the reader's own
}

func (g *udpGeneration) ReadFrom(b []byte) (int, net.Addr, error) {
	g.once.Do(g.reading)
	if len(g.seen) >= g.limit {
		g.succeed()
		select {
		case <-time.After(g.linger):
		case <-g.closing:
		}
		return 0, nil, net.ErrClosed
	}
	for {
		n, from, err := g.UDPConn.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return n, nil, err
		}
		if err != nil { // any other would make sipgo give the listener up
			g.trouble(err)
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if !g.admits(from, b[:n]) {
			continue
		}
		g.tap(from, g.local, b[:n])
		answer := func(res []byte) (int, error) { return g.WriteToAddrPort(res, from) }
		p, ok := outline(b[:n])
		if !ok {
			n = copy(b, normal(b[:n])) // b has room for what it may grow
			p, ok = g.screen.passes(answer, b[:n])
		}
		if !ok || g.absorber.repeated(p, b[:n], from, answer) {
			continue
		}
		g.seen[from] = struct{}{}
		return n, net.UDPAddrFromAddrPort(from), nil
	}
}

// WriteTo implements net.PacketConn.
func (g *udpGeneration) WriteTo(b []byte, to net.Addr) (int, error) {
	if a, ok := to.(*net.UDPAddr); ok {
		return g.WriteToAddrPort(b, netip.AddrPortFrom(a.AddrPort().Addr().Unmap(), uint16(a.Port)))
	}
	return g.UDPConn.WriteTo(b, to)
}

// WriteToAddrPort sends a message.
func (g *udpGeneration) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	g.tap(g.local, to, b)
	return g.WriteToUDPAddrPort(b, to)
}

// serveUDP gives e's socket to sipgo, generation after generation, until it
// is closed. wg counts the readers.
func (s *Server) serveUDP(e *endpoint, limit int, linger time.Duration) {
	reading := make(chan struct{})
	g := &udpGeneration{
		UDPConn:  e.udp,
		admits:   s.admits,
		trouble:  s.trouble(e),
		screen:   s.screen,
		absorber: &s.absorber,
		succeed:  func() { s.serveUDP(e, limit, linger) },
		reading:  func() { close(reading) },
		local:    e.local,
		tap:      s.tapUDP,
		limit:    limit,
		linger:   linger,
		closing:  s.ctx.Done(),
		seen:     make(map[netip.AddrPort]struct{}),
	}
	s.readers.Go(func() {
		defer g.once.Do(g.reading) // if it ends before it reads
		if err := s.transport.ServeUDP(g); err != nil {
			s.log.Error("SIP listener stopped", "network", "udp", "address", e.local, "error", err)
		}
	})
	<-reading
}
