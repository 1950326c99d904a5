package sip

import (
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// passedOver are INVITEs that were given up because their hop was silent
// while another was left. What it says later belongs to no transaction any
// more: a telephone that begins to ring is told that nobody waits, an answer
// gets its ACK and a BYE.
type passedOver struct {
	mu       sync.Mutex
	byBranch map[string]*lateInvite
}

// lateInvite is one of them.
type lateInvite struct {
	log       *slog.Logger
	req       *sipmsg.Request
	cancel    *sipmsg.Request
	origin    state // the dialog's, before any response
	acks      ackBook
	cancelled atomic.Bool
}

// maxPassedOver bounds what is remembered.
const maxPassedOver = 4096

// passOver gives up the INVITE of tx, since there is another hop to try.
func (d *dialog) passOver(tx *sipmsg.ClientTx) {
	s, req := d.srv, d.uac.req
	p, branch := &s.passedOver, req.Via().Params.GetOr("branch", "")
	late := &lateInvite{log: d.log, req: req, cancel: d.cancelOf(req), origin: d.uac.origin}
	p.mu.Lock()
	if p.byBranch == nil {
		p.byBranch = make(map[string]*lateInvite)
	}
	if len(p.byBranch) < maxPassedOver {
		p.byBranch[branch] = late
		forget := func() {}
		if to, err := netip.ParseAddrPort(req.MessageData.Destination()); err == nil {
			forget = s.acl.expect(to.Addr())
		}
		time.AfterFunc(d.cfg.Timers.giveUp(), func() {
			forget()
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.byBranch, branch)
		})
	}
	p.mu.Unlock()
	tx.Terminate()
}

// stray takes a response that belongs to no transaction, on sipgo's goroutine.
func (s *Server) stray(res *sipmsg.Response) {
	s.passedOver.mu.Lock()
	var late *lateInvite
	if via := res.Via(); via != nil {
		late = s.passedOver.byBranch[via.Params.GetOr("branch", "")]
	}
	s.passedOver.mu.Unlock()
	if cseq := res.CSeq(); late == nil || cseq == nil || cseq.MethodName != sipmsg.INVITE || res.To() == nil {
		s.strays.Add(1) // RFC 6026 §8.9: dropped
		return
	}
	switch {
	case res.IsSuccess():
		if known, _ := late.acks.send(toTag(res), s.write); !known {
			late.log.Info("a hop that was given up has answered: its call is ended", "remote", res.Source())
			s.tails.spawn(func() { s.dismiss(late.log, late.origin, late.req, &late.acks, res) })
		}
	case res.IsProvisional():
		if late.cancelled.CompareAndSwap(false, true) {
			s.tails.spawn(func() { s.settle(late.log, late.cancel) })
		}
	default:
		if err := s.write(refusalACK(late.req, res)); err != nil {
			late.log.Debug("late refusal not acknowledged", "error", err)
		}
	}
}

// refusalACK is the ACK of a response that refuses inv: it belongs to its
// transaction (§17.1.1.3), which is no more.
func refusalACK(inv *sipmsg.Request, res *sipmsg.Response) *sipmsg.Request {
	ack := sipmsg.NewRequest(sipmsg.ACK, inv.Recipient)
	ack.AppendHeader(inv.Via().Clone())
	sipmsg.CopyHeaders("Route", inv, ack)
	hops := sipmsg.MaxForwardsHeader(maxForwards)
	ack.AppendHeader(&hops)
	sipmsg.CopyHeaders("From", inv, ack)
	sipmsg.CopyHeaders("To", res, ack)
	sipmsg.CopyHeaders("Call-ID", inv, ack)
	ack.AppendHeader(&sipmsg.CSeqHeader{SeqNo: inv.CSeq().SeqNo, MethodName: sipmsg.ACK})
	ack.SetBody(nil)
	ack.SetTransport(inv.Transport())
	ack.SetDestination(inv.MessageData.Destination())
	ack.Laddr = inv.Laddr
	return ack
}

// settle sends a request whose response matters to nobody, and waits for it.
func (s *Server) settle(log *slog.Logger, req *sipmsg.Request) {
	tx, err := s.sendSized(req)
	if err != nil {
		log.Warn("request not sent", "method", req.Method, "error", err)
		return
	}
	for {
		select {
		case r := <-tx.Responses():
			if !r.IsProvisional() {
				return
			}
		case <-tx.Done():
			return
		}
	}
}
