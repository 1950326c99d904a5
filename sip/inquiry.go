package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/digest"
	"parley/sip/locate"
	"parley/sip/registration"
)

// inquiry sends requests that belong to no dialog, one after the other under
// one Call-ID (§10.2), and answers challenges. It is for one goroutine.
type inquiry struct {
	srv  *Server
	st   state
	auth *digest.Client // nil without an account
	// trunk gets the addresses that the requests go to: its peer may call in
	// from there.
	trunk string
	admit []admitted // the latest last
	last  locate.Hop // that was asked
}

type admitted struct {
	addr   netip.Addr
	forget func()
}

// maxAdmitted bounds the addresses of one inquiry: a peer that often changes
// its own does not get to keep them all.
const maxAdmitted = 8

func (s *Server) newInquiry(trunk string, local, remote party, auth *digest.Client) *inquiry {
	return &inquiry{
		srv: s, trunk: trunk, auth: auth,
		st: state{callID: newCallID(), localTag: newTag(), local: local, remote: remote},
	}
}

// close forgets the addresses.
func (q *inquiry) close() {
	for _, a := range q.admit {
		a.forget()
	}
	q.admit = nil
}

// rounds bounds how often a request is sent with better credentials.
const rounds = 5

// ask sends a request for uri to hop, which says where it goes and over what,
// and returns the final response that is no challenge. complete adds headers
// to each copy. Errors are a registration.Problem.
func (q *inquiry) ask(ctx context.Context, method sipmsg.RequestMethod, uri, hop sipmsg.Uri, user string, complete func(*sipmsg.Request)) (*sipmsg.Response, error) {
	if _, err := network(hop, ""); err != nil {
		return nil, problem(registration.StepConnect, err)
	}
	hops, err := q.srv.lookUp(hop, "")
	if err != nil {
		return nil, problem(stepOf(err), err)
	}
	for _, h := range hops {
		q.expect(h.Addr.Addr())
	}
	if at := slices.Index(hops, q.last); at > 0 { // who knows us already
		copy(hops[1:at+1], hops[:at])
		hops[0] = q.last
	}
	q.st.target = uri
	for i, h := range hops {
		res, err := q.askAt(ctx, method, h, user, i == len(hops)-1, complete)
		if err == nil && res.StatusCode != 503 || i == len(hops)-1 || ctx.Err() != nil || isStep(err, registration.StepAuthenticate) {
			q.last = h
			return res, err
		}
		q.srv.failed(h)
	}
	return nil, problem(registration.StepResolve, locate.ErrNoRecord)
}

// askAt asks one hop. Unless it is the last, it has not much time.
func (q *inquiry) askAt(ctx context.Context, method sipmsg.RequestMethod, hop locate.Hop, user string, last bool, complete func(*sipmsg.Request)) (*sipmsg.Response, error) {
	if !last {
		within := q.srv.config().Timers.silence()
		if end, ok := ctx.Deadline(); ok {
			within = min(within, time.Until(end)/2)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, within)
		defer cancel()
	}
	addr := hop.Addr
	e := q.srv.endpointFor(hop.Network, addr.Addr())
	if e == nil {
		return nil, problem(registration.StepConnect, fmt.Errorf("no listener reaches %s", hop))
	}
	q.st.place(e, addr.Addr(), user)
	var try *digest.Try
	if q.auth != nil {
		try = q.auth.Begin()
	}
	for range rounds {
		req := q.st.request(method, 0, q.srv.agent())
		complete(req)
		req.SetDestination(addr.String())
		authorize(req, try)
		res, err := q.srv.exchange(ctx, req)
		if err != nil {
			return nil, err
		}
		if try == nil || res.StatusCode != 401 && res.StatusCode != 407 {
			return res, nil
		}
		if err := try.Challenged(res.StatusCode, challenges(res)); err != nil {
			return nil, problem(registration.StepAuthenticate, err)
		}
	}
	return nil, problem(registration.StepAuthenticate, digest.ErrRejected)
}

// exchange sends req and waits for its final response.
func (s *Server) exchange(ctx context.Context, req *sipmsg.Request) (*sipmsg.Response, error) {
	tx, err := s.sendSized(req)
	if err != nil {
		return nil, problem(registration.StepConnect, err)
	}
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, problem(registration.StepAnswer, fmt.Errorf("no answer from %s: %w", req.Destination(), cmp.Or(tx.Err(), sipmsg.ErrTransactionTerminated)))
		case <-ctx.Done():
			tx.Terminate()
			return nil, problem(registration.StepAnswer, fmt.Errorf("no answer from %s: %w", req.Destination(), ctx.Err()))
		}
	}
}

// expect lets addr call in over the trunk for as long as the inquiry lasts.
func (q *inquiry) expect(addr netip.Addr) {
	if i := slices.IndexFunc(q.admit, func(a admitted) bool { return a.addr == addr }); i >= 0 {
		a := q.admit[i]
		q.admit = append(slices.Delete(q.admit, i, i+1), a)
		return
	}
	if len(q.admit) == maxAdmitted {
		q.admit[0].forget()
		q.admit = slices.Delete(q.admit, 0, 1)
	}
	q.admit = append(q.admit, admitted{addr, q.srv.acl.learn(addr, q.trunk)})
}

// stepOf is the step of a registration that a search belongs to.
func stepOf(err error) registration.Step {
	var p locate.Problem
	if errors.As(err, &p) && p.Step == locate.Choice {
		return registration.StepConnect
	}
	return registration.StepResolve
}

func isStep(err error, step registration.Step) bool {
	var p registration.Problem
	return errors.As(err, &p) && p.Step == step
}

func problem(step registration.Step, err error) error {
	return registration.Problem{Step: step, Text: err.Error()}
}

// hostURI makes a URI of host[:port], as the configuration writes it, with
// the transport that it asks for.
func hostURI(text, transport string) (sipmsg.Uri, error) {
	host, port := splitHost(text)
	if host == "" || strings.ContainsAny(host, " <>@;?\"") {
		return sipmsg.Uri{}, fmt.Errorf("%q is not a host", text)
	}
	uri := sipmsg.Uri{Scheme: "sip", Host: host, Port: port}
	if transport != "" {
		uri.UriParams = sipmsg.HeaderParams{{K: "transport", V: transport}}
	}
	return uri, nil
}
