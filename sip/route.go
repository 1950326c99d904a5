package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/locate"
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

// resolveLiteral returns the address of a uri whose host is an IP address.
func resolveLiteral(uri sipmsg.Uri) (netip.AddrPort, error) {
	place, err := placeOf(uri, "")
	if err != nil {
		return netip.AddrPort{}, err
	}
	hop, ok := locate.Literal(place)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("%s is no IP address", place.Host)
	}
	return hop.Addr, nil
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
