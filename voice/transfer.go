package voice

import (
	"context"
	"sync"

	"parley/call"
	"parley/speech"
	"parley/voice/turn"
)

// leaving is a transfer that the call side has been asked for. The owner's.
type leaving struct {
	said chan struct{} // closed when the caller has been told everything
	once sync.Once
}

// silent tells the call side that there is nothing more to hear from us.
func (l *leaving) silent() {
	if l != nil {
		l.once.Do(func() { close(l.said) })
	}
}

// asEnd is what becomes of a transfer on a wire without a control path: the
// end of the session, after which the other end takes its caller there.
func asEnd(t speech.Transfer) speech.Answer {
	return speech.Answer{End: &speech.End{Action: call.OutcomeTransfer, Target: t.Target, Reason: t.Reason}}
}

// leave asks the call side to take the caller to somebody else. Its answers
// come as events.
func (s *Session) leave(ctx context.Context, t turn.Transfer) {
	s.leaving = &leaving{said: make(chan struct{})}
	if s.state.Agent != turn.Speaking {
		s.leaving.silent()
	}
	r := call.TransferRequest{
		Target: t.What.Target, Mode: call.TransferMode(t.What.Mode), Timeout: t.What.Timeout,
		Said: s.leaving.said,
		Answered: func() {
			s.queue.push(item{event: turn.TransferAnswered{Epoch: t.Epoch}, at: s.deps.Clock.Now()})
		},
	}
	for _, end := range t.What.Back {
		r.Back = append(r.Back, call.TransferEnd(end))
	}
	s.group.Go(func() {
		var next turn.Event = turn.Gone{}
		if result, err := s.control.Transfer(ctx, r); err == nil {
			next = turn.Transferred{Epoch: t.Epoch, Result: speech.TransferResult{
				End: string(result.End), Cause: result.Cause.String(), Talk: result.Talk,
			}}
		}
		s.queue.push(item{event: next, at: s.deps.Clock.Now()})
	})
}
