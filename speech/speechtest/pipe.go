package speechtest

import (
	"context"
	"errors"
	"net"
	"sync"
)

// Pipe is a network in memory: what is dialed arrives at the listener. Unlike
// a socket it can be waited for in virtual time, and it holds nothing: a write
// waits until it is read.
type Pipe struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

// NewPipe returns a Pipe.
func NewPipe() *Pipe {
	p := &Pipe{conns: make(chan net.Conn), done: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.done) })
	return p
}

// Dial has the form of net.Dialer.DialContext.
func (p *Pipe) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *Pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *Pipe) Close() error {
	p.close()
	return nil
}

// Addr implements net.Listener.
func (p *Pipe) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
