package sip

import (
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"
)

// state is the state of a dialog, as §12 lists it. Copying it forks it.
type state struct {
	callID              string
	localTag, remoteTag string
	local, remote       party
	localSeq, remoteSeq uint32
	// target is where the peer wants its requests: its Contact.
	target sipmsg.Uri
	// routes are the proxies between us, nearest first.
	routes  []sipmsg.Uri
	network string // what the dialog runs over, one of networks
	// via is the listener that we speak from; contact is our Contact.
	via     *endpoint
	sentBy  netip.AddrPort
	contact sipmsg.Uri
	hops    int // Max-Forwards of our requests, 0: maxForwards
}

// maxForwards is what a request begins with (§8.1.1.6).
const maxForwards = 70

// party is one end's From or To, without the tag.
type party struct {
	name string
	uri  sipmsg.Uri
}

// serverState is the dialog state of the one who is called (§12.1.1).
func serverState(req *sipmsg.Request) state {
	from, to := req.From(), req.To()
	st := state{
		callID:    req.CallID().Value(),
		localTag:  toTag(req),
		remoteTag: fromTag(req),
		local:     party{to.DisplayName, to.Address},
		remote:    party{from.DisplayName, from.Address},
		remoteSeq: req.CSeq().SeqNo,
		network:   sipmsg.NetworkToLower(req.Transport()),
		target:    from.Address, // until a Contact says better
	}
	for _, h := range req.GetHeaders("Record-Route") {
		if rr, ok := h.(*sipmsg.RecordRouteHeader); ok {
			st.routes = append(st.routes, rr.Address)
		}
	}
	st.retarget(req)
	return st
}

// confirm completes the state of the one who calls, from a response that
// makes a dialog (§12.1.2).
func (st *state) confirm(res *sipmsg.Response) {
	st.remoteTag = toTag(res)
	st.routes = nil
	for _, h := range res.GetHeaders("Record-Route") {
		if rr, ok := h.(*sipmsg.RecordRouteHeader); ok {
			st.routes = append([]sipmsg.Uri{rr.Address}, st.routes...)
		}
	}
	st.retarget(res)
}

// retarget takes the peer's Contact as the target of our requests: at the
// start, and with every re-INVITE and its 2xx (§12.2).
func (st *state) retarget(m interface {
	Contact() *sipmsg.ContactHeader
}) {
	if c := m.Contact(); c != nil && !c.Address.Wildcard && c.Address.Host != "" {
		st.target = *c.Address.Clone()
	}
}

// place says which listener the dialog speaks from, and to whom.
func (st *state) place(via *endpoint, remote netip.Addr, user string) {
	st.via, st.network = via, via.network
	st.sentBy = via.advertise(remote)
	st.contact = sipmsg.Uri{Scheme: "sip", User: user, Host: st.sentBy.Addr().String(), Port: int(st.sentBy.Port())}
	if via.network != "udp" {
		st.contact.UriParams = sipmsg.HeaderParams{{K: "transport", V: via.network}}
	}
}

// request makes a request within the dialog (§12.2.1.1). seq is the CSeq of
// the INVITE that an ACK or CANCEL belongs to, 0 takes the next.
func (st *state) request(method sipmsg.RequestMethod, seq uint32, agent string) *sipmsg.Request {
	if seq == 0 {
		st.localSeq++
		seq = st.localSeq
	}
	target, routes := st.target, st.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") {
		// A strict router (RFC 2543) takes its own address from the
		// Request-URI and the target from the last Route.
		routes = append(append([]sipmsg.Uri(nil), st.routes[1:]...), target)
		target = st.routes[0]
	}
	req := sipmsg.NewRequest(method, target)
	req.Recipient.Headers = nil // not allowed in a Request-URI (§19.1.1)
	req.AppendHeader(st.newVia(st.network))
	for _, r := range routes {
		req.AppendHeader(&sipmsg.RouteHeader{Address: *r.Clone()})
	}
	hops := sipmsg.MaxForwardsHeader(maxForwards)
	if st.hops > 0 {
		hops = sipmsg.MaxForwardsHeader(st.hops)
	}
	req.AppendHeader(&hops)
	from := &sipmsg.FromHeader{DisplayName: st.local.name, Address: *st.local.uri.Clone()}
	from.Params.Add("tag", st.localTag)
	req.AppendHeader(from)
	to := &sipmsg.ToHeader{DisplayName: st.remote.name, Address: *st.remote.uri.Clone()}
	if st.remoteTag != "" {
		to.Params.Add("tag", st.remoteTag)
	}
	req.AppendHeader(to)
	id := sipmsg.CallIDHeader(st.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: seq, MethodName: method})
	switch method {
	case sipmsg.INVITE, sipmsg.UPDATE, sipmsg.REFER, sipmsg.NOTIFY: // they refresh the target (§12.2)
		req.AppendHeader(&sipmsg.ContactHeader{Address: st.contact})
		req.AppendHeader(sipmsg.NewHeader("Allow", allowed))
		req.AppendHeader(sipmsg.NewHeader("Supported", supported))
	}
	req.AppendHeader(sipmsg.NewHeader("User-Agent", agent))
	req.SetBody(nil)
	st.bind(req, st.network)
	return req
}

func (st *state) newVia(network string) *sipmsg.ViaHeader {
	return &sipmsg.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0",
		Transport: sipmsg.NetworkToUpper(network),
		Host:      st.sentBy.Addr().String(), Port: int(st.sentBy.Port()),
		Params: sipmsg.HeaderParams{{K: "branch", V: sipmsg.GenerateBranch()}, {K: "rport"}},
	}
}

// bind makes sipgo send req over network, by UDP from the listener's port.
// (By TCP sipgo finds a connection by its far end; naming our own address
// would make it take any that we accepted.)
func (st *state) bind(req *sipmsg.Request, network string) {
	req.SetTransport(sipmsg.NetworkToUpper(carriers[network]))
	req.Laddr = sipmsg.Addr{}
	if network == "udp" && st.via != nil && st.via.network == "udp" {
		req.Laddr = sipmsg.Addr{IP: st.via.local.Addr().AsSlice(), Port: int(st.via.local.Port())}
	}
}
