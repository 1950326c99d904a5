package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// serveWS serves SIP over WebSocket (RFC 7118), with TLS on a wss listener.
// The WebSocket is opened and framed here; sipgo sees a stream of messages.
func (s *Server) serveWS(e *endpoint) {
	h := newHandover(e.tcp.Addr())
	serve := s.transport.ServeTCP
	if e.network == "wss" {
		serve = s.transport.ServeTLS
	}
	s.readers.Go(func() {
		if err := serve(framing{h, s}); err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Error("SIP listener stopped", "network", e.network, "address", e.local, "error", err)
		}
	})
	var l net.Listener = s.listener(e)
	if e.network == "wss" {
		l = tls.NewListener(l, e.certificates.server())
	}
	server := &http.Server{
		Handler:           s.openWS(h),
		ReadHeaderTimeout: handshakeTime,
		IdleTimeout:       handshakeTime,
		MaxHeaderBytes:    8192,
		ErrorLog:          log.New(io.Discard, "", 0), // what strangers send is no news
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
	}
	s.readers.Go(func() {
		defer h.Close()
		_ = server.Serve(l) // until the listener is closed
	})
	s.readers.Go(func() {
		<-s.ctx.Done()
		_ = server.Close()
	})
}

// openWS answers the opening of a WebSocket that speaks SIP (RFC 7118 §4.1).
func (s *Server) openWS(h *handover) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remote, err := net.ResolveTCPAddr("tcp", r.RemoteAddr)
		if err != nil {
			http.Error(w, "no address", http.StatusBadRequest)
			return
		}
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols: []string{"sip"}, CompressionMode: websocket.CompressionDisabled,
			InsecureSkipVerify: true, // who may call is decided by trunk and digest, not by a page's origin
		})
		if err != nil {
			return // it has been told
		}
		if ws.Subprotocol() != "sip" {
			ws.Close(websocket.StatusPolicyViolation, "Sec-WebSocket-Protocol: sip is wanted")
			return
		}
		ws.SetReadLimit(maxMessage)
		over := make(chan struct{})
		c := &wsConn{ws: ws, Conn: websocket.NetConn(s.ctx, ws, websocket.MessageText), local: h.addr, remote: remote, over: over}
		if h.put(s.ctx, c) == nil {
			<-over // the handler's end would close it
		}
	})
}

// wsConn is a WebSocket as a connection: each Write is one message, and so is
// what message returns.
type wsConn struct {
	net.Conn
	ws            *websocket.Conn
	local, remote net.Addr
	until         time.Time // for the next message
	over          chan struct{}
	once          sync.Once
}

// message reads a message, text or binary (RFC 7118 §4.2), with the deadline
// of c.
func (c *wsConn) message() ([]byte, error) {
	ctx, cancel := context.Background(), func() {}
	if !c.until.IsZero() {
		ctx, cancel = context.WithDeadline(ctx, c.until)
	}
	defer cancel()
	_, m, err := c.ws.Read(ctx)
	return m, err
}

func (c *wsConn) SetReadDeadline(t time.Time) error {
	c.until = t
	return nil
}

func (c *wsConn) LocalAddr() net.Addr  { return c.local }
func (c *wsConn) RemoteAddr() net.Addr { return c.remote }

func (c *wsConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { close(c.over) })
	return err
}

// carriers says what sipgo carries each network as: WebSockets as what they
// run over.
var carriers = map[string]string{"udp": "udp", "tcp": "tcp", "tls": "tls", "ws": "tcp", "wss": "tls"}

// networks are those that a listener may have.
func networks() []string {
	return slices.Sorted(maps.Keys(carriers))
}
