package sip

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// maxConnections bounds the TCP connections that peers may hold open.
const maxConnections = 1024

// tcpListener is a TCP listener as sipgo sees it: strangers are shown the
// door before they can say a word.
type tcpListener struct {
	*net.TCPListener
	admits  func(netip.Addr, []byte) bool
	trouble func(error)
	open    *atomic.Int64
}

func (l *tcpListener) Accept() (net.Conn, error) {
	for {
		c, err := l.TCPListener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		if err != nil { // too many open files, for example: that passes
			l.trouble(err)
			continue
		}
		from := c.RemoteAddr().(*net.TCPAddr).AddrPort()
		if !l.admits(from.Addr(), nil) || l.open.Load() >= maxConnections {
			_ = c.SetLinger(0) // a reset: nothing of ours stays behind
			c.Close()
			continue
		}
		l.open.Add(1)
		return &tcpConn{TCPConn: c, closed: sync.OnceFunc(func() { l.open.Add(-1) })}, nil
	}
}

type tcpConn struct {
	*net.TCPConn
	closed func()
}

func (c *tcpConn) Close() error {
	c.closed()
	return c.TCPConn.Close()
}

func (s *Server) serveTCP(e *endpoint) {
	s.readers.Go(func() {
		err := s.transport.ServeTCP(&tcpListener{TCPListener: e.tcp, admits: s.acl.admits, trouble: s.trouble(e), open: &s.connections})
		if err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Error("SIP listener stopped", "network", "tcp", "address", e.local, "error", err)
		}
	})
}
