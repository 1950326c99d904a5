package sip

import (
	"context"
	"net"
	"sync"
)

// handover is a listener that gives sipgo connections which are ready to be
// read: a TLS handshake or a WebSocket's opening has been seen to, beside the
// others, so that nobody can hold up the rest. Those that we open ourselves
// take the same way.
type handover struct {
	addr net.Addr
	next chan net.Conn
	// asked gets a token each time sipgo asks for another connection: it has
	// taken care of the one before.
	asked  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newHandover(addr net.Addr) *handover {
	return &handover{addr: addr, next: make(chan net.Conn), asked: make(chan struct{}), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (h *handover) Accept() (net.Conn, error) {
	for {
		select {
		case h.asked <- struct{}{}: // somebody waits for the last one to be in use
		case c := <-h.next:
			return c, nil
		case <-h.closed:
			return nil, net.ErrClosed
		}
	}
}

// put gives c to sipgo and returns when it can be found in its pool. Without
// success c is closed.
func (h *handover) put(ctx context.Context, c net.Conn) error {
	select {
	case h.next <- c:
	case <-h.closed:
		c.Close()
		return net.ErrClosed
	case <-ctx.Done():
		c.Close()
		return ctx.Err()
	}
	select {
	case <-h.asked:
	case <-h.closed:
	}
	return nil
}

// Close implements net.Listener.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr implements net.Listener.
func (h *handover) Addr() net.Addr { return h.addr }
