package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// handshakeTime bounds what a connection may take before its first SIP
// message.
const handshakeTime = 5 * time.Second

// serveTLS accepts connections on e, shakes hands with each beside the
// others, and gives them to sipgo.
func (s *Server) serveTLS(e *endpoint) {
	h := newHandover(e.tcp.Addr())
	s.readers.Go(func() {
		if err := s.transport.ServeTLS(framing{h, s}); err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Error("SIP listener stopped", "network", e.network, "address", e.local, "error", err)
		}
	})
	s.readers.Go(func() {
		defer h.Close()
		s.accept(e, func(c net.Conn) {
			secure := tls.Server(c, e.certificates.server())
			if s.shakeHands(e, secure) {
				_ = h.put(s.ctx, secure)
			}
		})
	})
}

// accept gives every connection of e that may speak to us to open, on a
// goroutine of its own that the server waits for.
func (s *Server) accept(e *endpoint, open func(net.Conn)) {
	l := s.listener(e)
	for {
		c, err := l.Accept()
		if err != nil {
			return // the listener is closed; any other error Accept keeps
		}
		if !s.tails.spawn(func() { open(c) }) {
			c.Close()
		}
	}
}

func (s *Server) shakeHands(e *endpoint, c *tls.Conn) bool {
	ctx, cancel := context.WithTimeout(s.ctx, handshakeTime)
	defer cancel()
	if err := c.HandshakeContext(ctx); err != nil {
		s.log.Info("TLS handshake failed", "address", e.local, "remote", c.RemoteAddr(), "error", err)
		c.Close()
		return false
	}
	return true
}
