package main

import (
	"fmt"
	"net/netip"
)

// validateListeners reports two listeners that cannot both have their
// address.
func (c Config) validateListeners(report reporter) {
	type listener struct{ key, network, address string }
	all := []listener{}
	for i, l := range c.SIP.Listen {
		all = append(all, listener{fmt.Sprintf("sip.listen[%d].address", i), l.Network, l.Address})
	}
	all = append(all, listener{"audiosocket.listen", "tcp", c.AudioSocket.Listen}, listener{"http.listen", "tcp", c.HTTP.Listen})
	for i, l := range all {
		for _, other := range all[:i] {
			if (l.network == "udp") == (other.network == "udp") && clash(l.address, other.address) {
				report(l.key, fmt.Sprintf("%s is taken by %s already", l.address, other.key), "give each listener an address or a port of its own")
				break
			}
		}
	}
}

// clash says that two listeners want the same port, on the same address or on
// one that includes it. Port 0 is any that is free.
func clash(a, b string) bool {
	x, errX := netip.ParseAddrPort(a)
	y, errY := netip.ParseAddrPort(b)
	if errX != nil || errY != nil || x.Port() != y.Port() || x.Port() == 0 {
		return false
	}
	ipX, ipY := x.Addr().Unmap(), y.Addr().Unmap()
	return ipX == ipY || ipX.Is4() == ipY.Is4() && (ipX.IsUnspecified() || ipY.IsUnspecified())
}
