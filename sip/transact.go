package sip

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/digest"
	"parley/sip/locate"
)

// exchange is what a dialog does about one of its requests. All functions
// run on the actor; each may be nil.
type exchange struct {
	// began: the transaction stands, the request is on its way.
	began func(*sipmsg.ClientTx)
	// provisional and final get the responses, in order.
	provisional, final func(*sipmsg.Response)
	// failed: there is no final response and never will be.
	failed func(error)
	// again gets a 2xx that follows the first one, on sipgo's goroutine.
	again func(*sipmsg.Response)
}

// transact sends req in a transaction of its own, and again when it is
// challenged. Whatever may wait (names, TCP connections, answers) waits beside
// the actor. INVITEs are authorized by those who make them: a new one needs a
// new exchange.
func (d *dialog) transact(req *sipmsg.Request, x exchange) {
	if req.IsInvite() || req.IsCancel() {
		d.dispatch(req, x)
		return
	}
	try := d.try()
	authorize(req, try)
	d.authorized(req, x, try)
}

func (d *dialog) authorized(req *sipmsg.Request, x exchange, try *digest.Try) {
	once := x
	once.final = func(res *sipmsg.Response) {
		if d.challenged(try, res) {
			d.authorized(d.again(req, try), x, try)
		} else if x.final != nil {
			x.final(res)
		}
	}
	d.dispatch(req, once)
}

// dispatch sends req and waits for its responses.
func (d *dialog) dispatch(req *sipmsg.Request, x exchange) {
	tell := func(f func(*sipmsg.Response), res *sipmsg.Response) {
		if f != nil {
			d.call.post(func() {
				if !d.over {
					f(res)
				}
			})
		}
	}
	fail := func(err error) {
		d.call.post(func() {
			if !d.over && x.failed != nil {
				x.failed(err)
			}
		})
	}
	aimed := d.aim(req)
	before, left := d.sent, make(chan struct{})
	d.sent = left // requests leave in the order of their CSeq
	ok := d.srv.tails.spawn(func() {
		if before != nil {
			<-before
		}
		hops, err := aimed()
		var tx *sipmsg.ClientTx
		var hop locate.Hop
		for _, hop = range hops {
			req.SetDestination(hop.Addr.String())
			if tx, err = d.srv.sendSized(req); err == nil {
				break
			}
			d.srv.failed(hop)
		}
		close(left)
		if err != nil {
			fail(err)
			return
		}
		if x.again != nil {
			tx.OnRetransmission(x.again)
		}
		if x.began != nil {
			d.call.post(func() { x.began(tx) })
		}
		for {
			select {
			case res := <-tx.Responses():
				if res.IsProvisional() {
					tell(x.provisional, res)
					continue
				}
				tell(x.final, res)
				return
			case <-tx.Done():
				d.srv.failed(hop)
				fail(fmt.Errorf("%s: %w", req.Method, cmp.Or(tx.Err(), sipmsg.ErrTransactionTerminated)))
				return
			}
		}
	})
	if !ok {
		close(left)
		fail(context.Canceled)
	}
}

// aim finds out where req goes and lets that address answer. The returned
// function does what has to wait: looking up a name.
func (d *dialog) aim(req *sipmsg.Request) func() ([]locate.Hop, error) {
	over := d.st.network
	if addr, ok := d.destination(req); ok {
		d.call.expect(addr.Addr())
		return func() ([]locate.Hop, error) { return []locate.Hop{{Network: over, Addr: addr}}, nil }
	}
	return func() ([]locate.Hop, error) {
		hops, err := d.srv.lookUp(nextHop(req), over)
		if err != nil {
			return nil, err
		}
		expected := make(chan struct{})
		if d.call.post(func() {
			for _, h := range hops {
				d.call.expect(h.Addr.Addr())
			}
			close(expected)
		}) {
			<-expected
		}
		return hops, nil
	}
}

// aimNow is aim for the actor itself: for an ACK, which has no transaction.
func (d *dialog) aimNow(req *sipmsg.Request) error {
	addr, ok := d.destination(req)
	if !ok {
		hops, err := d.srv.lookUp(nextHop(req), d.st.network)
		if err != nil {
			return err
		}
		addr = hops[0].Addr
	}
	d.call.expect(addr.Addr())
	req.SetDestination(addr.String())
	return nil
}

// destination is where req goes if that is known without asking anybody:
// told before, a literal address, or a TCP connection that the peer has
// opened and that is still up, for a peer behind address translation.
func (d *dialog) destination(req *sipmsg.Request) (netip.AddrPort, bool) {
	if told, err := netip.ParseAddrPort(req.MessageData.Destination()); err == nil {
		return told, true
	}
	if source, ok := d.ownFlow(req); ok {
		return source, true
	}
	addr, err := resolveLiteral(nextHop(req))
	if err != nil {
		return addr, false
	}
	return addr, true
}

// ownFlow is the connection that the peer has opened, if that is where its
// requests want to go: a WebSocket always (RFC 7118 §5), another stream if its
// Contact is at the same address, for a peer behind address translation
// (RFC 5626 §5.3).
func (d *dialog) ownFlow(req *sipmsg.Request) (netip.AddrPort, bool) {
	carrier := carriers[d.st.network]
	if d.pinned && carrier == "udp" {
		return d.source, true
	}
	if carrier == "udp" || !d.source.IsValid() {
		return netip.AddrPort{}, false
	}
	if carrier == d.st.network && !d.pinned { // not a WebSocket
		if addr, err := resolveLiteral(nextHop(req)); err != nil || addr.Addr() != d.source.Addr() {
			return netip.AddrPort{}, false
		}
	}
	return d.source, d.srv.connected(carrier, d.source)
}

// connected tells whether there is a connection to remote.
func (s *Server) connected(carrier string, remote netip.AddrPort) bool {
	c := s.transport.Pool(carrier).Get(remote.String())
	if c == nil {
		return false
	}
	_, _ = c.TryClose() // gives back the reference, not the connection
	return true
}
