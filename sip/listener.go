package sip

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// endpoint is an open listener.
type endpoint struct {
	network  string // one of networks
	local    netip.AddrPort
	external netip.AddrPort // zero if none
	udp      *net.UDPConn
	tcp      *net.TCPListener
	// certificates is nil without TLS.
	certificates *certificates
}

func (e *endpoint) carrier() string { return carriers[e.network] }

func (l Listener) open(log *slog.Logger) (*endpoint, error) {
	addr, err := netip.ParseAddrPort(l.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w", l.Network, l.Address, err)
	}
	e := &endpoint{network: l.Network}
	if e.external, err = l.external(); err != nil {
		return nil, fmt.Errorf("external address %s: %w", l.External, err)
	}
	family := "4" // said outright: Go would open 0.0.0.0 for IPv6 as well
	if addr.Addr().Is6() {
		family = "6"
	}
	if l.secure() {
		if e.certificates, err = loadCertificates(l.TLS, log); err != nil {
			return nil, fmt.Errorf("listen on %s %s: %w", l.Network, l.Address, err)
		}
	}
	switch carriers[l.Network] {
	case "udp":
		e.udp, err = net.ListenUDP("udp"+family, net.UDPAddrFromAddrPort(addr))
		if err != nil {
			return nil, fmt.Errorf("listen for SIP: %w", err)
		}
		e.local = e.udp.LocalAddr().(*net.UDPAddr).AddrPort()
	case "tcp", "tls":
		e.tcp, err = net.ListenTCP("tcp"+family, net.TCPAddrFromAddrPort(addr))
		if err != nil {
			return nil, fmt.Errorf("listen for SIP: %w", err)
		}
		e.local = e.tcp.Addr().(*net.TCPAddr).AddrPort()
	default:
		return nil, fmt.Errorf("listen on %s: network %q is not known", l.Address, l.Network)
	}
	e.local = netip.AddrPortFrom(e.local.Addr().Unmap(), e.local.Port())
	return e, nil
}

func (e *endpoint) close() {
	if e.udp != nil {
		_ = e.udp.Close()
	}
	if e.tcp != nil {
		_ = e.tcp.Close()
	}
}

// reaches reports whether e can talk to remote at all.
func (e *endpoint) reaches(remote netip.Addr) bool {
	local := e.local.Addr()
	return local.Is4() == remote.Unmap().Is4() && (!local.IsLoopback() || remote.Unmap().IsLoopback())
}

// advertise returns the address under which remote reaches e: what Contact
// and Via say.
func (e *endpoint) advertise(remote netip.Addr) netip.AddrPort {
	port := e.local.Port()
	if e.external.IsValid() {
		if e.external.Port() != 0 {
			port = e.external.Port()
		}
		return netip.AddrPortFrom(e.external.Addr(), port)
	}
	return netip.AddrPortFrom(localAddr(e.local.Addr(), remote), port)
}

// localAddr returns bound, or if that is unspecified the address that the
// kernel would send to remote from.
func localAddr(bound, remote netip.Addr) netip.Addr {
	if !bound.IsUnspecified() {
		return bound
	}
	// A connected UDP socket asks the routing table; nothing is sent.
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(remote, 9)))
	if err != nil {
		return bound
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// trouble says what to do about an error of e's socket: tell it, and wait a
// moment before trying again.
func (s *Server) trouble(e *endpoint) func(error) {
	return func(err error) {
		s.log.Warn("SIP listener in trouble", "network", e.network, "address", e.local, "error", err)
		select {
		case <-time.After(time.Second):
		case <-s.ctx.Done():
		}
	}
}
