package trunk

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"

	"parley/sip/registration"
)

// Settings is the whole of what trunks are made of.
type Settings struct {
	Trunks    []Config
	Groups    []Group
	Emergency []string
}

// Set is all trunks and groups. It does not change.
type Set struct {
	trunks    []*Trunk
	byName    map[string]*Trunk
	groups    map[string]Group
	ranges    []addressRange // longest prefix first
	emergency Emergency
}

type addressRange struct {
	netip.Prefix
	trunk *Trunk
}

// New makes the trunks of p. They take over the counters of those of old that
// have the same name; old may be nil.
func New(p Settings, old *Set) (*Set, error) {
	s := &Set{byName: make(map[string]*Trunk), groups: make(map[string]Group), emergency: p.Emergency}
	var errs []error
	for _, c := range p.Trunks {
		m := &meter{}
		if was := old.Trunk(c.Name); was != nil {
			m = was.meter
		}
		t, err := newTrunk(c, s.emergency, m)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.trunks = append(s.trunks, t)
		s.byName[c.Name] = t
		for _, a := range c.Addresses {
			s.ranges = append(s.ranges, addressRange{a.Prefix, t})
		}
	}
	slices.SortStableFunc(s.ranges, func(a, b addressRange) int { return cmp.Compare(b.Bits(), a.Bits()) })
	for _, g := range p.Groups {
		s.groups[g.Name] = g
	}
	return s, errors.Join(errs...)
}

// Trunk returns the trunk of a name, nil if there is none.
func (s *Set) Trunk(name string) *Trunk {
	if s == nil {
		return nil
	}
	return s.byName[name]
}

// All returns every trunk, in the order of the configuration.
func (s *Set) All() []*Trunk { return s.trunks }

// Emergency tells whether number reaches an emergency service.
func (s *Set) Emergency(number string) bool { return s.emergency.Is(number) }

// Inbound returns the trunk that addr belongs to: the one with the longest
// prefix, among equals the first.
func (s *Set) Inbound(addr netip.Addr) (*Trunk, bool) { return s.InboundFor(addr, "") }

// InboundFor is Inbound for a call to user, the user part of its
// Request-URI: among trunks with the same range it prefers the one that has
// registered that contact, so that two accounts with one provider are told
// apart.
func (s *Set) InboundFor(addr netip.Addr, user string) (found *Trunk, ok bool) {
	addr = addr.Unmap()
	bits := -1
	for _, r := range s.ranges {
		if found != nil && r.Bits() < bits {
			break
		}
		if !r.Contains(addr) {
			continue
		}
		if found == nil {
			found, bits = r.trunk, r.Bits()
		}
		if user != "" && r.trunk.Registers() && r.trunk.ContactUser() == user {
			return r.trunk, true
		}
	}
	return found, found != nil
}

// Plan returns the trunks to try for a call to a trunk or a group, in order,
// and what makes the next one be tried. random gives numbers from 0 to n-1.
// Those whose peer is down come last, in the same order. It returns nothing
// if nobody has that name.
func (s *Set) Plan(name string, random func(n int) int) ([]*Trunk, HuntOn) {
	if t := s.byName[name]; t != nil {
		return []*Trunk{t}, nil
	}
	g, ok := s.groups[name]
	if !ok {
		return nil, nil
	}
	members := slices.Clone(g.Members)
	slices.SortStableFunc(members, func(a, b Member) int { return cmp.Compare(a.Priority, b.Priority) })
	var plan []*Trunk
	for len(members) > 0 {
		n := 1
		for n < len(members) && members[n].Priority == members[0].Priority {
			n++
		}
		for _, m := range shuffle(members[:n], random) {
			if t := s.byName[m.Trunk]; t != nil {
				plan = append(plan, t)
			}
		}
		members = members[n:]
	}
	slices.SortStableFunc(plan, func(a, b *Trunk) int { return cmp.Compare(rank(a), rank(b)) })
	return plan, g.HuntOn
}

func rank(t *Trunk) int {
	if t.Health() == registration.Down {
		return 1
	}
	return 0
}

// shuffle orders members of one priority by chance, each step in proportion
// to their weights (RFC 2782). Those of weight 0 come when no other is left.
func shuffle(ms []Member, random func(n int) int) (order []Member) {
	ms = slices.Clone(ms)
	for len(ms) > 0 {
		sum := 0
		for _, m := range ms {
			sum += m.Weight
		}
		pick := 0
		if sum > 0 {
			for at := random(sum); at >= ms[pick].Weight; pick++ {
				at -= ms[pick].Weight
			}
		}
		order = append(order, ms[pick])
		ms = slices.Delete(ms, pick, pick+1)
	}
	return order
}
