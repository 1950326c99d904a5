package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// nextHop is where req goes first: its topmost Route, else its Request-URI
// (§8.1.2, §12.2.1.1).
func nextHop(req *sipmsg.Request) sipmsg.Uri {
	if r := req.Route(); r != nil {
		return r.Address
	}
	return req.Recipient
}

// network is the transport that uri asks for (RFC 3263 §4.1), else other.
func network(uri sipmsg.Uri, other string) (string, error) {
	t, ok := uri.UriParams.Get("transport")
	switch {
	case uri.Scheme == "sips" && strings.EqualFold(t, "ws"):
		return "wss", nil
	case uri.Scheme == "sips" && !strings.EqualFold(t, "wss"): // §26.2.2: TLS on every hop
		return "tls", nil
	case uri.Scheme != "sip" && uri.Scheme != "sips":
		return "", fmt.Errorf("%s: is not served", uri.Scheme)
	case !ok || t == "":
		return other, nil
	}
	if t = strings.ToLower(t); carriers[t] != "" {
		return t, nil
	}
	return "", fmt.Errorf("transport %s is not served", t)
}

// hostPort is the host (§19.1.1: maddr overrides it) and port of uri.
func hostPort(uri sipmsg.Uri) (string, uint16) {
	host, port := uri.Host, uri.Port
	if maddr, ok := uri.UriParams.Get("maddr"); ok && maddr != "" {
		host = maddr
	}
	if port <= 0 || port > 65535 {
		port = sipmsg.DefaultUdpPort
		if n, err := network(uri, "udp"); err == nil && carriers[n] == "tls" {
			port = sipmsg.DefaultTlsPort
		}
	}
	return strings.Trim(host, "[]"), uint16(port)
}

// resolveLiteral returns the address of a uri whose host is an IP address.
func resolveLiteral(uri sipmsg.Uri) (netip.AddrPort, error) {
	host, port := hostPort(uri)
	addr, err := netip.ParseAddr(host)
	return netip.AddrPortFrom(addr.Unmap(), port), err
}

// resolve finds the address of uri's host: itself, or what its name stands
// for (A and AAAA records; trunks with SRV are resolved by their own).
func resolve(ctx context.Context, uri sipmsg.Uri, usable func(netip.Addr) bool) (netip.AddrPort, error) {
	if addr, err := resolveLiteral(uri); err == nil {
		return addr, nil
	}
	host, port := hostPort(uri)
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("look up %s: %w", host, err)
	}
	for _, a := range addrs {
		if usable(a.Unmap()) {
			return netip.AddrPortFrom(a.Unmap(), port), nil
		}
	}
	return netip.AddrPort{}, fmt.Errorf("look up %s: none of its %d addresses can be reached from our listeners", host, len(addrs))
}

// isOurs tells whether addr is one of our own listeners: a call to it would
// come back for ever.
func (s *Server) isOurs(addr netip.AddrPort) bool {
	for _, e := range s.endpoints {
		if e.local == addr || e.external.IsValid() && e.advertise(addr.Addr()) == addr ||
			e.local.Addr().IsUnspecified() && addr.Port() == e.local.Port() && addr.Addr() == localAddr(e.local.Addr(), addr.Addr()) {
			return true
		}
	}
	return false
}

// endpointFor picks the listener to reach remote from.
func (s *Server) endpointFor(network string, remote netip.Addr) *endpoint {
	for _, e := range s.endpoints {
		if e.network == network && e.reaches(remote) {
			return e
		}
	}
	return nil
}

// reachable reports whether any listener can reach remote.
func (s *Server) reachable(remote netip.Addr) bool {
	for _, e := range s.endpoints {
		if e.reaches(remote) {
			return true
		}
	}
	return false
}

// networkOf is what req has come over: sipgo knows no difference between a
// stream and a WebSocket.
func (s *Server) networkOf(req *sipmsg.Request, tx *sipmsg.ServerTx) string {
	carrier := sipmsg.NetworkToLower(req.Transport())
	from, err := netip.ParseAddrPort(req.Source())
	if err != nil || tx.Connection() == nil {
		return carrier
	}
	if e := s.endpointOf(carrier, tx.Connection().LocalAddr(), from.Addr()); e != nil {
		return e.network
	}
	return carrier
}

// endpointOf finds the listener that a connection of a carrier belongs to.
func (s *Server) endpointOf(network string, local net.Addr, remote netip.Addr) *endpoint {
	if ap, err := netip.ParseAddrPort(local.String()); err == nil {
		for _, e := range s.endpoints {
			if e.carrier() == network && e.local.Port() == ap.Port() &&
				(e.local.Addr() == ap.Addr().Unmap() || e.local.Addr().IsUnspecified()) {
				return e
			}
		}
	}
	return s.endpointFor(network, remote)
}
