package locate

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// service is a transport as NAPTR and SRV name it.
type service struct {
	network string
	naptr   string // RFC 3263 §4.1, RFC 7118 §9
	label   string // before the domain
	owner   string // the name to ask SRV of, once it is known
}

// known are the services in the order of our preference, if DNS has none.
var known = []service{
	{network: "udp", naptr: "SIP+D2U", label: "_sip._udp."},
	{network: "tcp", naptr: "SIP+D2T", label: "_sip._tcp."},
	{network: "tls", naptr: "SIPS+D2T", label: "_sips._tcp."},
	{network: "ws", naptr: "SIP+D2W", label: "_sip._ws."},
	{network: "wss", naptr: "SIPS+D2W", label: "_sips._ws."},
}

// offers are the services that may serve p, asked of its own name. Without a
// transport, WebSockets do not count unless NAPTR names them.
func offers(p Place) []service {
	var list []service
	for _, s := range known {
		secure := s.network == "tls" || s.network == "wss"
		switch {
		case p.Transport != "":
			if s.network != p.network() {
				continue
			}
		case p.Secure && !secure:
			continue
		}
		s.owner = s.label + p.Host
		list = append(list, s)
	}
	return list
}

// naptr narrows services to those that p's NAPTR records name, in their order
// (§4.1); without records they stay as they are, but for WebSockets.
func (s *search) naptr(p Place, services []service) []service {
	services = slices.DeleteFunc(services, func(o service) bool { return !s.speaks(o.network, netip.Addr{}) })
	records, err := s.l.dns.ask(s.ctx, p.Host, dns.TypeNAPTR)
	if err != nil && !absent(err) {
		s.failed = append(s.failed, Problem{Step: NAPTR, Name: p.Host, Err: err})
	}
	var list []*dns.NAPTR
	for _, r := range records {
		if n, ok := r.(*dns.NAPTR); ok && strings.EqualFold(n.Flags, "s") && n.Replacement != "." {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b *dns.NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	var named []service
	for _, n := range list {
		for _, o := range services {
			if strings.EqualFold(o.naptr, n.Service) {
				o.owner = n.Replacement
				named = append(named, o)
			}
		}
	}
	if len(named) > 0 {
		return named
	}
	return slices.DeleteFunc(services, func(o service) bool { return o.network == "ws" || o.network == "wss" })
}

// srv finds the hops of all services. offered is false if there are no SRV
// records at all.
func (s *search) srv(services []service) (hops []Hop, offered bool, err error) {
	if len(services) == 0 {
		return nil, false, nil
	}
	answers := s.l.dns.askAll(s.ctx, services)
	for i, o := range services {
		if err := answers[i].err; err != nil {
			if !absent(err) {
				s.failed = append(s.failed, Problem{Step: SRV, Name: o.owner, Err: err})
			}
			continue
		}
		var list []*dns.SRV
		for _, r := range answers[i].records {
			if v, ok := r.(*dns.SRV); ok {
				list = append(list, v)
			}
		}
		if len(list) == 1 && list[0].Target == "." {
			offered = true
			s.failed = append(s.failed, Problem{Step: SRV, Name: o.owner, Err: ErrNotOffered})
			continue
		}
		for _, v := range byWeight(list, s.l.intn) {
			offered = true
			if len(hops) >= maxHops {
				break
			}
			found, err := s.addresses(o.network, v.Target, v.Port)
			if err != nil {
				s.failed = append(s.failed, Problem{Step: Address, Name: v.Target, Err: errors.Unwrap(err)})
				continue
			}
			hops = append(hops, found...)
		}
	}
	if err := s.ctx.Err(); err != nil && len(hops) == 0 {
		return nil, offered, Problem{Step: SRV, Name: services[0].owner, Err: err, Before: s.failed}
	}
	return hops, offered, nil
}

// byWeight orders SRV records as RFC 2782 wants: by priority, and by chance
// within one, in proportion to the weights.
func byWeight(list []*dns.SRV, intn func(int) int) []*dns.SRV {
	left := slices.Clone(list)
	slices.SortStableFunc(left, func(a, b *dns.SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Weight, b.Weight)) // weight 0 first
	})
	ordered := left[:0:0]
	for len(left) > 0 {
		same, sum := 0, 0
		for same < len(left) && left[same].Priority == left[0].Priority {
			sum += int(left[same].Weight)
			same++
		}
		at, until := 0, intn(sum+1)
		for run := int(left[0].Weight); run < until; run += int(left[at].Weight) {
			at++
		}
		ordered = append(ordered, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return ordered
}
