package sip

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/identity"
	"parley/sip/trunk"
)

// quest is the search for somebody who takes a call: over which trunks, and
// where they send us instead. Each attempt of it is a dialog of its own.
type quest struct {
	target call.Target
	// parent is the dialog whose transfer it serves, nil if it is the call
	// itself.
	parent *dialog
	// replaces is the dialog at the far end whose place we take (RFC 3891),
	// referredBy who has sent us (RFC 3892); empty if there is none.
	replaces, referredBy string

	plan []*trunk.Trunk // left to try
	// hairpin: the target is ourselves, on behalf of parent's party.
	hairpin bool
	hunt    trunk.HuntOn
	// redirects are targets that a 3xx has named; followed counts them.
	redirects []call.Target
	followed  int
	deadline  time.Time // of ringing
	// ringing are the telephones of a user, best what the best of those that
	// ring no more has said.
	ringing []*dialog
	best    *refused
}

var errFull = errors.New("sip: no new calls: the limit is reached")

var errNoTrunk = errors.New("no trunk leads there: sip.trunks decides who may be called")

// attempt begins the search for t with a first dialog, which is not sent out
// yet. parent is the dialog whose transfer it serves, nil if it is the call
// itself.
func (c *sipCall) attempt(t call.Target, parent *dialog) (*dialog, error) {
	if err := checkTarget(t); err != nil {
		return nil, badTarget(t, err)
	}
	q := &quest{target: t, parent: parent}
	timeout := t.RingTimeout
	if timeout <= 0 {
		timeout = c.cfg.RingTimeout
	}
	q.deadline = time.Now().Add(timeout)
	if t.User != "" {
		return q.branches(c)
	}
	if err := q.planFor(c.srv); err != nil {
		return nil, err
	}
	return q.next(c)
}

// planFor finds the trunks for q.target.
func (q *quest) planFor(s *Server) error {
	t, set := q.target, s.Trunks()
	if t.Trunk != "" {
		if q.plan, q.hunt = set.Plan(t.Trunk, rand.IntN); len(q.plan) == 0 {
			return badTarget(t, fmt.Errorf("there is no trunk %q", t.Trunk))
		}
		return nil
	}
	uri, err := parseTarget(t)
	if err != nil {
		return badTarget(t, err)
	}
	if hairpin, err := q.planHairpin(s, uri); hairpin || err != nil {
		return err
	}
	via := s.trunkOf(uri)
	if via == nil {
		return call.WithCause(call.Restricted, fmt.Errorf("call %q: %w", t.URI, errNoTrunk))
	}
	q.plan, q.hunt = []*trunk.Trunk{via}, nil
	return nil
}

// trunkOf is the trunk that a URI's host belongs to: by its name or, for an
// address, by those of the peer. What belongs to nobody goes over a trunk that
// has no host of its own, if there is one.
func (s *Server) trunkOf(uri sipmsg.Uri) *trunk.Trunk {
	set := s.Trunks()
	for _, t := range set.All() {
		if host, _ := splitHost(t.Host); host != "" && strings.EqualFold(host, uri.Host) {
			return t
		}
	}
	if addr, err := resolveLiteral(uri); err == nil {
		if t, ok := s.acl.trunkOf(addr.Addr(), ""); ok {
			return t
		}
	}
	for _, t := range set.All() {
		if t.Host == "" && len(t.Allow) > 0 {
			return t
		}
	}
	return nil
}

// next makes the dialog of the next attempt, over the first trunk that takes
// it. Its error is the last trunk's.
func (q *quest) next(c *sipCall) (*dialog, error) {
	err := call.WithCause(call.Unavailable, errNoTrunk)
	for {
		for len(q.plan) > 0 {
			via := q.plan[0]
			q.plan = q.plan[1:]
			var d *dialog
			if d, err = q.over(c, via); err == nil {
				return d, nil
			}
			if len(q.plan) > 0 {
				c.log.Info("trunk passed over", "trunk", via.Name, "why", err)
			}
		}
		if len(q.redirects) == 0 {
			return nil, err
		}
		q.target, q.redirects = q.redirects[0], q.redirects[1:]
		if err = q.planFor(c.srv); err != nil {
			c.log.Info("redirection not followed", "to", q.target.URI, "why", err)
		}
	}
}

// over makes the dialog of an attempt over via.
func (q *quest) over(c *sipCall, via *trunk.Trunk) (*dialog, error) {
	uri, err := q.uri(via)
	if err != nil {
		return nil, badTarget(q.target, err)
	}
	if q.hairpin {
		return q.loop(c, via, uri)
	}
	out, err := via.Outgoing(q.presented(user(uri)))
	if err != nil {
		return nil, err
	}
	c.srv.vouch(via, &out)
	release, err := via.Acquire(time.Now(), call.Outbound)
	if err != nil {
		return nil, err
	}
	uri.User = out.Called
	transport, err := network(uri, cmp.Or(via.Transport, "udp"))
	if err != nil {
		release()
		return nil, badTarget(q.target, err)
	}
	d := c.newDialog(state{
		callID: newCallID(), localTag: newTag(), network: transport, target: uri,
		remote: party{uri: sipmsg.Uri{Scheme: "sip", User: uri.User, Host: uri.Host, Port: uri.Port}},
	})
	d.via, d.vacate = via, release
	d.uac = &uac{quest: q, out: out, try: d.try()}
	max := c.cfg.Limits.MaxCalls
	if len(c.dialogs) > 1 {
		max++ // it takes another's place
	}
	if !c.srv.calls.add(d, max) {
		d.close()
		return nil, call.WithCause(call.Overloaded, errFull)
	}
	return d, nil
}

// uri is the Request-URI for the target over via, before numbers are
// rewritten.
func (q *quest) uri(via *trunk.Trunk) (uri sipmsg.Uri, err error) {
	if q.target.URI != "" {
		return parseTarget(q.target)
	}
	if via.Host == "" {
		return uri, fmt.Errorf("trunk %s has no host: name a URI", via.Name)
	}
	host, port := splitHost(via.Host)
	uri = sipmsg.Uri{Scheme: "sip", User: q.target.Number, Host: host, Port: port}
	if via.Transport != "" && via.Transport != "udp" {
		uri.UriParams = sipmsg.HeaderParams{{K: "transport", V: via.Transport}}
	}
	return uri, nil
}

// presented is the target as a trunk rewrites it.
func (q *quest) presented(called string) trunk.Call {
	t := q.target
	c := trunk.Call{
		Called: called, Caller: t.Caller, CallerName: t.CallerName, ByPerson: t.ByPerson,
		Privacy: t.Identity.Privacy,
	}
	for _, a := range t.Identity.Asserted {
		c.Asserted = append(c.Asserted, addresses(a)...)
	}
	for _, a := range t.Identity.Preferred {
		c.Preferred = append(c.Preferred, addresses(a)...)
	}
	for _, d := range t.Identity.Diversions {
		c.Diversions = append(c.Diversions, identity.Diversion{
			Address: identity.Address{Name: d.Name, URI: d.URI}, Reason: d.Reason, Counter: d.Counter,
		})
	}
	for _, e := range t.Identity.History {
		c.History = append(c.History, identity.Entry{Address: identity.Address{URI: e.URI}, Index: e.Index, Cause: e.Cause})
	}
	for _, p := range t.Identity.Signed {
		c.Signed = append(c.Signed, p.Header)
	}
	for name, value := range t.Headers {
		c.Headers = append(c.Headers, trunk.Header{Name: name, Value: value})
	}
	return c
}

// splitHost takes host[:port] apart; port is 0 if there is none.
func splitHost(text string) (host string, port int) {
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		if addr.Is6() {
			return "[" + addr.String() + "]", 0
		}
		return addr.String(), 0
	}
	h, p, err := net.SplitHostPort(text)
	if err != nil {
		return text, 0
	}
	port, _ = strconv.Atoi(p)
	if strings.Contains(h, ":") {
		h = "[" + h + "]"
	}
	return h, port
}
