package sip

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// tcpListener is a TCP listener as the rest sees it: strangers and those who
// have enough connections are shown the door before they can say a word.
type tcpListener struct {
	*net.TCPListener
	srv     *Server
	trouble func(error)
}

func (s *Server) listener(e *endpoint) *tcpListener {
	return &tcpListener{TCPListener: e.tcp, srv: s, trouble: s.trouble(e)}
}

func (l *tcpListener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		if err != nil { // too many open files, for example: that passes
			l.trouble(err)
			continue
		}
		from := c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		if trusted, ok := l.srv.acl.admits(from, nil); ok {
			if release, ok := l.srv.guard.Connect(time.Now(), from, trusted); ok {
				return &tcpConn{TCPConn: c, closed: sync.OnceFunc(release)}, nil
			}
		}
		_ = c.SetLinger(0) // a reset: nothing of ours stays behind
		c.Close()
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

// framing is a listener of connections that sipgo may read.
type framing struct {
	net.Listener
	srv *Server
}

func (l framing) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.srv.framed(c), nil
}

func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(t.AddrPort().Addr().Unmap(), t.AddrPort().Port())
}

// framed makes c one that sipgo may read.
func (s *Server) framed(c net.Conn) *framed {
	f := &framed{Conn: c, screen: s.screen, idle: s.guard.Idle}
	f.local, f.remote, f.tap = addrPort(c.LocalAddr()), addrPort(c.RemoteAddr()), s.tapTCP
	f.admits = func(m []byte) bool { return s.admitsOver(f.remote, m) }
	if ws, ok := c.(*wsConn); ok {
		f.message = ws.message
	}
	return f
}

func (s *Server) serveTCP(e *endpoint) {
	s.readers.Go(func() {
		err := s.transport.ServeTCP(framing{s.listener(e), s})
		if err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Error("SIP listener stopped", "network", "tcp", "address", e.local, "error", err)
		}
	})
}
