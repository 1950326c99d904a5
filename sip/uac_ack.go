package sip

import (
	"log/slog"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"
)

// ackBook keeps the ACKs that we have sent for the 2xx of one INVITE, by the
// To tag of each. It answers retransmitted 2xx also when the call is over,
// for as long as the INVITE's transaction lives (RFC 6026 §7.2).
type ackBook struct {
	mu  sync.Mutex
	ack map[string]*sipmsg.Request
}

// add keeps ack for tag; false means that there is one already.
func (b *ackBook) add(tag string, ack *sipmsg.Request) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ack[tag] != nil {
		return false
	}
	if b.ack == nil {
		b.ack = make(map[string]*sipmsg.Request)
	}
	b.ack[tag] = ack
	return true
}

// send sends the ACK for tag. It reports false if there is none.
func (b *ackBook) send(tag string, write func(sipmsg.Message) error) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ack := b.ack[tag]
	if ack == nil {
		return false, nil
	}
	return true, write(ack)
}

// maxForks bounds how many answers to one INVITE are taken apart.
const maxForks = 16

func (b *ackBook) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ack)
}

// acknowledge sends the ACK of the 2xx that has made the dialog (§13.2.2.4):
// a request of its own, over the dialog's routes.
func (d *dialog) acknowledge() error {
	ack := d.st.request(sipmsg.ACK, d.uac.req.CSeq().SeqNo, d.srv.agent())
	for _, name := range []string{"Authorization", "Proxy-Authorization"} { // §22.1
		sipmsg.CopyHeaders(name, d.uac.req, ack)
	}
	if err := d.aimNow(ack); err != nil {
		return err
	}
	d.uac.acks.add(d.st.remoteTag, ack)
	_, err := d.uac.acks.send(d.st.remoteTag, d.srv.write)
	return err
}

// answeredAgain takes a 2xx that follows the first: repeated, because our ACK
// was lost, or from another phone that the call was forked to. The latter
// gets an ACK and a BYE (§13.2.2.4). It runs on sipgo's goroutine.
func (d *dialog) answeredAgain(res *sipmsg.Response) {
	if known, err := d.uac.acks.send(toTag(res), d.srv.write); known {
		if err != nil {
			d.log.Warn("ACK not repeated", "error", err)
		}
		return
	}
	if d.uac.acks.len() == 0 {
		return // the first is still on its way to the actor; this one comes again
	}
	inv, origin, acks := d.uac.req, d.uac.origin, &d.uac.acks
	d.srv.tails.spawn(func() { d.srv.dismiss(d.log, origin, inv, acks, res) })
}

// dismiss ends a dialog that an answer to inv has made and that nobody wants:
// of a fork that was answered second, or of a hop that was given up. The call
// may be over by then: it uses nothing of the actor's. origin is the dialog's
// state before any response.
func (s *Server) dismiss(log *slog.Logger, origin state, inv *sipmsg.Request, acks *ackBook, res *sipmsg.Response) {
	origin.confirm(res)
	probe := origin
	hops, err := s.lookUp(nextHop(probe.request(sipmsg.BYE, 1, "")), origin.network)
	if err != nil || acks.len() >= maxForks {
		log.Warn("answer not acknowledged", "error", err)
		return
	}
	addr := hops[0].Addr
	defer s.acl.expect(addr.Addr())()
	ack := origin.request(sipmsg.ACK, inv.CSeq().SeqNo, s.agent())
	ack.SetDestination(addr.String())
	if !acks.add(origin.remoteTag, ack) {
		return
	}
	if _, err := acks.send(origin.remoteTag, s.write); err != nil {
		log.Warn("answer not acknowledged", "error", err)
	}
	bye := origin.request(sipmsg.BYE, 0, s.agent())
	bye.SetDestination(addr.String())
	s.settle(log, bye)
}
