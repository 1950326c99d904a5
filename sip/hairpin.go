package sip

import (
	"errors"
	"net/netip"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/locate"
	"parley/sip/trunk"
)

// hairpins are the calls that leave us only to come in again: a party asks us
// to send its call to a number of ours, or to one of our own calls. Each is
// known by its Call-ID, which nobody else can guess, and comes in over the
// trunk of who asked.
type hairpins struct {
	mu  sync.Mutex
	via map[string]*trunk.Trunk
}

func (h *hairpins) add(callID string, via *trunk.Trunk) (forget func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.via == nil {
		h.via = make(map[string]*trunk.Trunk)
	}
	h.via[callID] = via
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.via, callID)
	}
}

// of returns the trunk of a request that we have sent to ourselves.
func (h *hairpins) of(req *sipmsg.Request) (via *trunk.Trunk, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	via, ok = h.via[req.CallID().Value()]
	return via, ok
}

var errNoHairpin = errors.New("a call to ourselves needs a udp or tcp listener")

var errCircles = errors.New("the call has taken too many hops: it goes in circles")

// planHairpin makes a plan of a target that is ourselves, for a party that
// asks for it; false means that it is not.
func (q *quest) planHairpin(s *Server, uri sipmsg.Uri) (bool, error) {
	if q.parent == nil {
		return false, nil
	}
	if addr, err := resolveLiteral(uri); err != nil || !s.isOurs(addr) {
		return false, nil //nolint:nilerr // a name is not ours
	}
	if q.target.Hops = q.parent.call.info.Hops - 1; q.target.Hops <= 0 {
		if q.parent.call.info.Direction == call.Inbound {
			return true, call.WithCause(call.Failed, errCircles)
		}
		q.target.Hops = maxForwards - 1
	}
	q.plan, q.hairpin = []*trunk.Trunk{q.parent.via}, true
	return true, nil
}

// atHome turns a target that is to take the place of a dialog of ours
// (RFC 3891) to ourselves: the one who asks may know us by another name, or
// has left out our port as some telephones do.
func (d *dialog) atHome(t call.Target, replaces string) call.Target {
	id, params := value(replaces)
	e := d.srv.hairpinEndpoint()
	if replaces == "" || e == nil || d.srv.calls.named(dialogKey{id, params["to-tag"]}) == nil {
		return t
	}
	uri, err := parseTarget(t)
	if err != nil {
		return t
	}
	own := netip.AddrPortFrom(localAddr(e.local.Addr(), d.source.Addr()), e.local.Port())
	t.URI = "sip:" + uri.User + "@" + own.String()
	return t
}

// hairpinEndpoint is the listener that we can call ourselves at.
func (s *Server) hairpinEndpoint() *endpoint {
	for _, network := range []string{"udp", "tcp"} {
		for _, e := range s.endpoints {
			if e.network == network {
				return e
			}
		}
	}
	return nil
}

// loop makes the dialog of a hairpin.
func (q *quest) loop(c *sipCall, via *trunk.Trunk, uri sipmsg.Uri) (*dialog, error) {
	e := c.srv.hairpinEndpoint()
	if e == nil {
		return nil, call.WithCause(call.Failed, errNoHairpin)
	}
	st := state{
		callID: newCallID(), localTag: newTag(), network: e.network, target: uri,
		remote: party{uri: sipmsg.Uri{Scheme: "sip", User: uri.User, Host: uri.Host, Port: uri.Port}},
	}
	d := c.newDialog(st)
	d.via, d.vacate = via, c.srv.hairpins.add(st.callID, via)
	d.source = netip.AddrPortFrom(localAddr(e.local.Addr(), q.parent.source.Addr()), e.local.Port())
	d.pinned = true // whatever address others know us by
	d.uac = &uac{quest: q, out: q.presented(user(uri)), ways: []locate.Hop{{Network: e.network, Addr: d.source}}}
	if !c.srv.calls.add(d, c.cfg.Limits.MaxCalls+1) {
		d.close()
		return nil, call.WithCause(call.Overloaded, errFull)
	}
	return d, nil
}
