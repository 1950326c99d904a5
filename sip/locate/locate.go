package locate

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Hop is one place that a request can be sent to.
type Hop struct {
	Network string // udp, tcp, tls, ws or wss
	Addr    netip.AddrPort
}

func (h Hop) String() string { return h.Network + " " + h.Addr.String() }

// Place is what is sought: the host of a URI, or of a setting.
type Place struct {
	Host      string // a name or an IP address without brackets
	Port      uint16 // 0: none was said
	Transport string // udp, tcp, tls, ws or wss; "": none was said
	Secure    bool   // sips: TLS, on every hop
}

// maxHops bounds the places that one name leads to.
const maxHops = 16

// Locator finds hops. It may be used by many at once.
type Locator struct {
	dns   *client
	hosts *hosts
	bench bench
	now   func() time.Time
	intn  func(n int) int // 0..n-1
}

// New makes a Locator. Nothing is asked yet; without servers in cfg
// /etc/resolv.conf is read.
func New(cfg Config) (*Locator, error) {
	dns, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	return &Locator{dns: dns, hosts: &hosts{path: "/etc/hosts"}, now: time.Now, intn: rand.IntN}, nil
}

// Speaks tells whether we can talk to addr over network; with an invalid addr,
// whether we speak it at all.
type Speaks func(network string, addr netip.Addr) bool

// Find returns the hops to p, first choice first, at least one. Its error is a
// Problem.
func (l *Locator) Find(ctx context.Context, p Place, speaks Speaks) ([]Hop, error) {
	s := search{l: l, ctx: ctx, speaks: speaks}
	hops, err := s.find(p)
	if err != nil {
		return nil, err
	}
	hops = slices.DeleteFunc(hops, func(h Hop) bool { return !speaks(h.Network, h.Addr.Addr()) })
	if len(hops) == 0 {
		return nil, Problem{Step: Choice, Name: p.Host, Err: ErrUnreachable, Before: s.failed}
	}
	hops = l.bench.order(unique(hops), l.now())
	return hops[:min(len(hops), maxHops)], nil
}

// Literal returns the hop to a p that is an IP address: nobody has to be
// asked (§4.1, §4.2).
func Literal(p Place) (Hop, bool) {
	addr, err := netip.ParseAddr(p.Host)
	if err != nil {
		return Hop{}, false
	}
	network := p.network()
	return Hop{network, netip.AddrPortFrom(addr.Unmap(), cmp.Or(p.Port, defaultPort(network)))}, true
}

// network is the transport of a place that DNS does not choose: the one that
// was said, else UDP, for sips TLS (§4.1).
func (p Place) network() string {
	switch {
	case p.Secure && (p.Transport == "ws" || p.Transport == "wss"):
		return "wss"
	case p.Secure:
		return "tls"
	}
	return cmp.Or(p.Transport, "udp")
}

func defaultPort(network string) uint16 {
	switch network {
	case "tls":
		return 5061
	case "ws":
		return 80
	case "wss":
		return 443
	}
	return 5060
}

// search is one search, with what has gone wrong on the way.
type search struct {
	l      *Locator
	ctx    context.Context
	speaks Speaks
	failed []Problem
}

// find follows §4.1 and §4.2.
func (s *search) find(p Place) ([]Hop, error) {
	if p.Secure && p.Transport == "udp" {
		return nil, Problem{Step: Choice, Name: p.Host, Err: fmt.Errorf("sips goes over TLS, not over %s", p.Transport)}
	}
	if hop, ok := Literal(p); ok {
		return []Hop{hop}, nil
	}
	network := p.network()
	if addrs := s.l.hosts.find(p.Host); len(addrs) > 0 || p.Port != 0 {
		return s.addresses(network, p.Host, cmp.Or(p.Port, defaultPort(network)))
	}
	services := offers(p)
	if p.Transport == "" {
		services = s.naptr(p, services)
	}
	hops, offered, err := s.srv(services)
	if err != nil || len(hops) > 0 {
		return hops, err
	}
	if offered {
		last := s.failed[len(s.failed)-1]
		last.Before = s.failed[:len(s.failed)-1]
		return nil, last
	}
	// No SRV: the name itself, at the port and over the transport that are
	// the default (§4.2).
	return s.addresses(network, p.Host, defaultPort(network))
}

// addresses are the hops to a name at a port: IPv4 first, which trunks have.
func (s *search) addresses(network, name string, port uint16) ([]Hop, error) {
	addrs, err := s.l.addresses(s.ctx, name)
	if err != nil {
		return nil, Problem{Step: Address, Name: name, Err: err, Before: s.failed}
	}
	var hops []Hop
	for _, a := range addrs {
		hops = append(hops, Hop{network, netip.AddrPortFrom(a, port)})
	}
	return hops, nil
}

// unique keeps the first of equal hops.
func unique(hops []Hop) []Hop {
	kept := hops[:0:0]
	for _, h := range hops {
		if !slices.Contains(kept, h) {
			kept = append(kept, h)
		}
	}
	return kept
}
