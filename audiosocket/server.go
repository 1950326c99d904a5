package audiosocket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/call"
	"parley/media"
)

// Server is the voice side's end: it runs a call.SessionHandler for every
// connection whose UUID was announced, or that comes from an allowed address
// when the Config names a program for strangers.
type Server struct {
	config   Config
	allow    []netip.Prefix
	clock    media.Clock
	handler  call.SessionHandler
	sessions *registry

	context context.Context // of every session
	cancel  context.CancelCauseFunc
	running sync.WaitGroup // connections

	mu        sync.Mutex
	listeners map[net.Listener]bool
	pending   map[net.Conn]bool // in their handshake
	closed    bool
}

// maxPending bounds the connections that have not sent their UUID.
const maxPending = 64

// NewServer makes a Server; Serve lets it work. clock keeps the wire of a
// session alive while its program is busy. Error: the Config's allow list.
func NewServer(config Config, clock media.Clock, handler call.SessionHandler) (*Server, error) {
	allow, err := config.allowed()
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: config, allow: allow, clock: clock, handler: handler,
		sessions:  newRegistry(config.MaxSessions, config.AnnounceTimeout),
		listeners: make(map[net.Listener]bool),
		pending:   make(map[net.Conn]bool),
	}
	s.context, s.cancel = context.WithCancelCause(context.Background())
	return s, nil
}

// Announce implements Announcer; a rate of 0 means 8000. Error: ErrBusy,
// ErrDraining, a rate that the wire has no kind for, or that the UUID is not
// new.
func (s *Server) Announce(a call.Announcement) (release func(), err error) {
	if a.Rate == 0 {
		a.Rate = 8000
	}
	if _, ok := kindOf(a.Rate); !ok {
		return nil, call.WithCause(call.BadRequest, fmt.Errorf("announce %s: no AudioSocket at %d Hz", a.UUID, a.Rate))
	}
	return s.sessions.announce(a)
}

// Outcome implements Announcer: it tells how the session of a UUID ended, for
// ten minutes. ok is false while it runs and if it failed.
func (s *Server) Outcome(id uuid.UUID) (o call.Outcome, ok bool) {
	return s.sessions.outcome(id)
}

// Ready says why a further session would be refused (ErrBusy, ErrDraining),
// nil if it would be taken.
func (s *Server) Ready() error {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return s.sessions.free()
}

// Active returns the number of running sessions.
func (s *Server) Active() int {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return s.sessions.active
}

// Taken returns the number of sessions that have begun.
func (s *Server) Taken() uint64 {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return s.sessions.taken
}

// Listen opens the Config's listener.
func (s *Server) Listen() (net.Listener, error) {
	l, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("audiosocket: %w", err)
	}
	return l, nil
}

// Serve takes connections from l until Drain or Close, and then returns nil.
// Error: what accepting said.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		l.Close()
		return nil
	}
	s.listeners[l] = true
	s.mu.Unlock()
	defer l.Close()
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.accept(conn)
		case errors.Is(err, net.ErrClosed):
			return nil
		case isTemporary(err):
			slog.Warn("audiosocket cannot take connections just now", "error", err)
			time.Sleep(50 * time.Millisecond)
		default:
			return fmt.Errorf("audiosocket: %w", err)
		}
	}
}

// accept starts the life of a connection.
func (s *Server) accept(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok || !s.allowed(conn.RemoteAddr()) {
		slog.Debug("audiosocket connection from an address that is not allowed", "peer", conn.RemoteAddr())
		conn.Close()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.pending) >= maxPending {
		conn.Close()
		return
	}
	s.pending[conn] = true
	s.running.Go(func() { s.serve(tcp) })
}

func (s *Server) allowed(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return false
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	for _, p := range s.allow {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// serve is the life of a connection.
func (s *Server) serve(conn *net.TCPConn) {
	id, err := readID(conn, s.config.HandshakeTimeout)
	s.mu.Lock()
	delete(s.pending, conn)
	s.mu.Unlock()
	if err != nil {
		_ = conn.Close()
		slog.Warn("audiosocket connection refused", "peer", conn.RemoteAddr(), "error", err)
		return
	}
	a, announced, err := s.sessions.enter(id, s.foreign(id, conn))
	if err != nil {
		_ = conn.Close()
		slog.Warn("audiosocket session refused", "peer", conn.RemoteAddr(), "uuid", id, "error", err)
		return
	}
	defer s.sessions.leave()
	c, err := NewConn(conn, VoiceSide, a.Rate)
	if err != nil {
		slog.Error("audiosocket session failed", "uuid", id, "error", err)
		return
	}
	defer c.Close()
	outcome := s.run(c, a)
	// Told before the peer hears that we hang up: it may ask at once.
	s.sessions.tell(id, announced, outcome)
}

// foreign makes the announcement of a session that nobody announced, or is
// nil if those are refused.
func (s *Server) foreign(id uuid.UUID, conn *net.TCPConn) func() call.Announcement {
	if s.config.Program == "" {
		return nil
	}
	return func() call.Announcement {
		return call.Announcement{
			UUID:    id,
			Rate:    8000,
			Program: s.config.Program,
			Call: call.Info{
				ID:        call.NewID(),
				Direction: call.Inbound,
				Door:      "audiosocket",
				WireID:    id.String(),
				Remote:    conn.RemoteAddr().(*net.TCPAddr).AddrPort(),
				Start:     time.Now(),
			},
		}
	}
}

// run runs the handler. The outcome is nil if it failed.
func (s *Server) run(c *Conn, a call.Announcement) (outcome *call.Outcome) {
	ctx, cancel := context.WithCancelCause(s.context)
	defer cancel(context.Canceled)
	over := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-c.Ended():
			cancel(&call.Ended{By: call.Customer, Cause: call.Normal})
		case <-over:
		}
	}()
	defer func() {
		close(over)
		<-watched
		if p := recover(); p != nil {
			outcome = nil
			slog.Error("a session panicked", "uuid", a.UUID, "call", a.Call.ID, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	s.clock.Add(newKeeper(c))
	o, err := s.handler(ctx, &call.Session{Announcement: a, Stream: c})
	var ended *call.Ended
	if err != nil && !errors.As(err, &ended) && !errors.Is(err, context.Canceled) {
		slog.Error("a session failed", "uuid", a.UUID, "call", a.Call.ID, "error", err)
	}
	if err != nil {
		return nil
	}
	return &o
}
