package sip

import (
	"context"
	"sync"

	"parley/call"
	"parley/media"
	"parley/media/rtp"
)

// life is what the rest of the house sees of a call: how far it has come.
// The actor writes it, anybody reads it.
type life struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	state   call.State
	changed chan struct{} // closed at every change
	stream  *stream       // nil until media flows
	digits  digitQueue
	rtp     *rtp.Session // beneath the stream
	codec   string
}

func (l *life) init(ctx context.Context) {
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	l.changed = make(chan struct{})
}

// reach moves the state forward to s, never back.
func (l *life) reach(s call.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(s)
}

func (l *life) advance(s call.State) {
	if s <= l.state {
		return
	}
	l.state = s
	close(l.changed)
	l.changed = make(chan struct{})
}

// flow puts m beneath the call's stream and makes it known together with the
// state it begins in. Digits go out by info, if it is not nil.
func (l *life) flow(s call.State, m *leg, info *infoSender) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == call.Over {
		return nil
	}
	if l.stream == nil {
		l.stream = &stream{Switch: media.NewSwitch(m.rtp.Rate()), digits: &l.digits}
	}
	if err := l.stream.Set(m.rtp); err != nil {
		return err
	}
	l.stream.info.Store(info)
	l.rtp, l.codec = m.rtp, m.agreed.epoch.Codec.Name()
	l.advance(s)
	return nil
}

// end ends the call; only the first counts.
func (l *life) end(e *call.Ended) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == call.Over {
		return false
	}
	l.cancel(e)
	if l.stream != nil {
		l.stream.Close()
	}
	l.advance(call.Over)
	return true
}

// ended is why the call is over, nil while it is not.
func (l *life) ended() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != call.Over {
		return nil
	}
	return context.Cause(l.ctx)
}

// Context implements call.Call.
func (l *life) Context() context.Context { return l.ctx }

// State implements call.Call.
func (l *life) State() call.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Stream implements call.Call.
func (l *life) Stream() media.Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stream == nil {
		return nil
	}
	return l.stream
}

// MediaStats returns the counters of the call's media.
func (l *life) MediaStats() call.MediaStats {
	l.mu.Lock()
	session, codec := l.rtp, l.codec
	l.mu.Unlock()
	if session == nil {
		return call.MediaStats{}
	}
	return stats(session, codec)
}

// Await implements call.Call.
func (l *life) Await(ctx context.Context, s call.State) error {
	for {
		l.mu.Lock()
		state, changed := l.state, l.changed
		l.mu.Unlock()
		if state == call.Over && s != call.Over {
			return context.Cause(l.ctx)
		}
		if state >= s {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
