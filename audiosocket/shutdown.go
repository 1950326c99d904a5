package audiosocket

import (
	"context"
	"errors"
	"net"
	"syscall"

	"parley/call"
)

// Decline refuses new sessions from now on with ErrDraining. Those that run go
// on, and those that were announced may still come.
func (s *Server) Decline() { s.sessions.drain() }

// Drain takes no more connections and waits until every session is over. When
// ctx ends first, the rest is hung up. Error: ctx's own.
func (s *Server) Drain(ctx context.Context) error {
	s.sessions.drain()
	s.stopListening()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.cancel(&call.Ended{By: call.System, Cause: call.Draining})
		<-done
		return ctx.Err()
	}
}

// Close hangs every session up and waits for that.
func (s *Server) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Drain(ctx) // says only that ctx was over
}

// stopListening closes the listeners and what has not sent its UUID.
func (s *Server) stopListening() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.pending {
		c.Close()
	}
}

// isTemporary says whether accepting may work again: descriptors or memory
// are short, or the peer was gone before we looked.
func isTemporary(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
