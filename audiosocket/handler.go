package audiosocket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"parley/call"
	"parley/media"
)

// Announcer is the control path beside the audio: it tells the voice side of
// a session before the audio connects, and what became of it.
type Announcer interface {
	// Announce reserves capacity. release gives it back if the session never
	// connects. Error: ErrBusy, ErrDraining or why the node cannot be told.
	Announce(a call.Announcement) (release func(), err error)
	// Outcome tells how the session of a UUID ended; ok is false if it failed.
	Outcome(id uuid.UUID) (o call.Outcome, ok bool)
}

// Node is a voice node as the call side knows it.
type Node struct {
	// Address of its AudioSocket listener.
	Address string
	// Control is its control path: a *Server in the same process. nil is a
	// foreign server, which learns nothing but the UUID and whose hang-up is
	// the end of the call.
	Control Announcer
	// Clock paces the audio.
	Clock media.Clock
	// Transfer takes the caller elsewhere, when a program asks for it or has
	// ended with that; nil: it cannot be done.
	Transfer Sender
}

const (
	// dialTimeout is how long a voice node may take to accept.
	dialTimeout = 2 * time.Second
	// endTimeout is how long after a Stream's end its call may take to end.
	endTimeout = 2 * time.Second
)

// NewHandler returns the Handler that has a call served by a program on the
// voice node: it announces the session, answers, dials and carries the audio
// over until either side ends. A call that we make is not answered but waited
// for, and its early media carried over. To a foreign server program is only a name.
//
// It returns nil when the program has ended the session in words, and the
// context's cause when the party has hung up. Errors carry Overloaded or
// Draining if the node refused, and Failed if the session broke.
func NewHandler(program string, n Node) call.Handler {
	return func(ctx context.Context, c call.Call) error {
		s := &served{Node: n, call: c, asks: make(chan *ask), over: make(chan struct{})}
		defer close(s.over)
		waiting, stop := context.WithCancel(ctx)
		defer stop()
		answered, err := called(waiting, c)
		if err != nil {
			return err
		}
		a := call.Announcement{
			UUID: uuid.New(), Rate: rateFor(c.Stream()), Program: program, Call: c.Info(), Journal: call.JournalFrom(ctx),
			Answered: answered,
		}
		if n.Transfer != nil {
			a.Control = s
		}
		if n.Control != nil {
			release, err := n.Control.Announce(a)
			if err != nil {
				return fmt.Errorf("announce session of %q: %w", program, err)
			}
			defer release()
		}
		if answered == nil {
			if err := c.Answer(); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
		}
		conn, err := n.dial(ctx, a)
		if ctx.Err() != nil {
			err = context.Cause(ctx) // the party has hung up meanwhile
		} else if err != nil {
			err = call.WithCause(call.Failed, err)
		}
		if conn != nil {
			defer conn.Close()
		}
		if err != nil {
			return err
		}
		s.conn, s.audio = conn, newShared(c.Stream())
		if left, err := s.carry(ctx); left || err != nil {
			return err
		}
		conn.Close()
		return n.apply(ctx, c, a.UUID)
	}
}

// served is a call while a voice node serves it. To the session it is its
// call.Control.
type served struct {
	Node
	call  call.Call
	conn  *Conn
	audio *shared
	asks  chan *ask
	over  chan struct{} // closed when the node has it no more
}

// rateFor chooses the AudioSocket's rate for a Stream, which may not be there
// yet.
func rateFor(s media.Stream) int {
	if s != nil && s.Rate() >= 16000 {
		return 16000
	}
	return 8000
}

func (n Node) dial(ctx context.Context, a call.Announcement) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return Dial(ctx, n.Address, a.UUID, a.Rate)
}

// carry joins the party and the voice node until one of them ends, or the
// party has left with a transfer.
func (s *served) carry(ctx context.Context) (left bool, err error) {
	pump, err := media.NewPump(s.audio.session, s.conn)
	if err != nil {
		return false, call.WithCause(call.Failed, err)
	}
	s.Clock.Add(pump)
	defer func() {
		pump.Stop()
		<-pump.Done()
	}()
	for {
		select {
		case a := <-s.asks:
			if back, err := s.transfer(ctx, a); !back {
				return true, err
			}
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-pump.Done():
			return false, s.end(ctx)
		}
	}
}

// end is why the audio has ended.
func (s *served) end(ctx context.Context) error {
	if s.gone() {
		return nil
	}
	// The party's Stream is over, and so is the call: its context says why.
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(endTimeout):
		return call.WithCause(call.Failed, errors.New("the party's audio ended before its call"))
	}
}

// apply does what the program has left for the call.
func (n Node) apply(ctx context.Context, c call.Call, id uuid.UUID) error {
	if n.Control == nil {
		return nil
	}
	o, ok := n.Control.Outcome(id)
	switch {
	case !ok:
		return call.WithCause(call.Failed, errors.New("the voice session broke off"))
	case o.Action == call.OutcomeHangup, o.Action == call.OutcomeContinue:
		return nil
	case o.Action == call.OutcomeTransfer && n.Transfer != nil:
		_, err := n.send(ctx, c, call.TransferRequest{Target: o.Target, Mode: call.TransferBridge}, nil)
		return err
	}
	return call.WithCause(call.Failed, fmt.Errorf("outcome %q is not possible on this call", o.Action))
}
