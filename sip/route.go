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
	if uri.Scheme != "sip" {
		return "", fmt.Errorf("%s: is not served", uri.Scheme)
	}
	t, ok := uri.UriParams.Get("transport")
	if !ok || t == "" {
		return other, nil
	}
	switch t = strings.ToLower(t); t {
	case "udp", "tcp":
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
	return s.endpointFor("udp", remote) != nil || s.endpointFor("tcp", remote) != nil
}

// endpointOf finds the listener that a connection belongs to.
func (s *Server) endpointOf(network string, local net.Addr, remote netip.Addr) *endpoint {
	if ap, err := netip.ParseAddrPort(local.String()); err == nil {
		for _, e := range s.endpoints {
			if e.network == network && e.local.Port() == ap.Port() &&
				(e.local.Addr() == ap.Addr().Unmap() || e.local.Addr().IsUnspecified()) {
				return e
			}
		}
	}
	return s.endpointFor(network, remote)
}
