package sip

import (
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
	d.srv.tails.spawn(func() { d.dismiss(res) })
}

// dismiss ends a fork that was answered second. The call may be over by then:
// it uses nothing of the actor's.
func (d *dialog) dismiss(res *sipmsg.Response) {
	fork := d.uac.origin
	fork.confirm(res)
	hops, err := d.srv.lookUp(nextHop(fork.request(sipmsg.BYE, 1, "")), fork.network)
	if err != nil || d.uac.acks.len() >= maxForks {
		d.log.Warn("fork not acknowledged", "error", err)
		return
	}
	addr := hops[0].Addr
	defer d.srv.acl.expect(addr.Addr())()
	ack := fork.request(sipmsg.ACK, d.uac.req.CSeq().SeqNo, d.srv.agent())
	ack.SetDestination(addr.String())
	if !d.uac.acks.add(fork.remoteTag, ack) {
		return
	}
	if _, err := d.uac.acks.send(fork.remoteTag, d.srv.write); err != nil {
		d.log.Warn("fork not acknowledged", "error", err)
	}
	bye := fork.request(sipmsg.BYE, 0, d.srv.agent())
	bye.SetDestination(addr.String())
	tx, err := d.srv.sendSized(bye)
	if err != nil {
		d.log.Warn("fork not released", "error", err)
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
