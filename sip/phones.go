package sip

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/registrar"
	"parley/sip/trunk"
)

// phones are the telephones that have registered with us.
type phones struct {
	location *registrar.Location
	line     *trunk.Trunk // the trunk that their calls come over
	wake     chan struct{}
}

func newPhones(cfg registrar.Config) (phones, error) {
	line := trunk.Default(trunk.Registrar)
	line.Allow = []string{"*"}    // users, not numbers: it leads to telephones only
	line.CallerID.Trusted = false // a telephone cannot vouch for anybody
	line.Refer = trunk.Accept     // a person at a desk sends calls on
	set, err := trunk.New(trunk.Settings{Trunks: []trunk.Config{line}}, nil)
	if err != nil {
		return phones{}, fmt.Errorf("sip: %w", err)
	}
	return phones{location: registrar.New(cfg), line: set.Trunk(trunk.Registrar), wake: make(chan struct{}, 1)}, nil
}

// at tells whether a telephone has registered from addr.
func (p *phones) at(addr netip.Addr) bool { return p.location.At(time.Now(), addr) }

// woken tells the goroutine that asks them that there is a new one.
func (p *phones) woken() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// tendPhones forgets telephones whose time is up, and keeps their address
// translations open, until the server closes.
func (s *Server) tendPhones() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		ask, next := s.phones.location.Due(time.Now())
		for _, c := range ask {
			s.tails.spawn(func() { s.phones.location.Answered(c, s.greet(c) == nil) })
		}
		if next.IsZero() {
			next = time.Now().Add(time.Hour)
		}
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-s.phones.wake:
		case <-s.ctx.Done():
			return
		}
	}
}

// pathOf is the way to a telephone through the proxies that it registered
// through (RFC 3327 §5.3).
func pathOf(c registrar.Contact) (routes []sipmsg.Uri) {
	for _, p := range c.Path {
		var uri sipmsg.Uri
		if sipmsg.ParseUri(p, &uri) == nil { // as it was when it registered
			routes = append(routes, uri)
		}
	}
	return routes
}

// greetingTime is how long a telephone may take to answer an OPTIONS.
const greetingTime = 4 * time.Second

// greet sends an OPTIONS to where c registered from. Any answer will do.
func (s *Server) greet(c registrar.Contact) error {
	ctx, cancel := context.WithTimeout(s.ctx, greetingTime)
	defer cancel()
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(c.URI, &uri); err != nil {
		return fmt.Errorf("contact %q: %w", c.URI, err)
	}
	e := s.endpointFor(c.Network, c.Source.Addr())
	if e == nil {
		return fmt.Errorf("no %s listener reaches %s", c.Network, c.Source)
	}
	st := state{callID: newCallID(), localTag: newTag(), remote: party{uri: uri}, target: uri, routes: pathOf(c)}
	st.place(e, c.Source.Addr(), "parley")
	st.local = party{uri: st.contact}
	req := st.request(sipmsg.OPTIONS, 0, s.agent())
	req.SetDestination(c.Source.String())
	_, err := s.exchange(ctx, req)
	return err
}
