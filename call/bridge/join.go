package bridge

import (
	"context"
	"errors"
	"fmt"

	"parley/call"
	"parley/media"
)

// Join joins two answered calls until one of them ends, and then ends the
// other one for the same cause. It returns nil then. If ctx ends first the
// calls are taken apart and go on. Errors: ctx's own; a call is not answered;
// their rates do not fit.
func Join(ctx context.Context, clock media.Clock, a, b call.Call) error {
	for _, c := range []call.Call{a, b} {
		if s := c.State(); s != call.Answered && s != call.Over {
			return fmt.Errorf("join calls: %s is %s", c.Info().ID, s)
		}
	}
	streamA, streamB := a.Stream(), b.Stream()
	if streamA == nil || streamB == nil {
		return errors.New("join calls: one has no audio")
	}
	l := newLine(clock, streamA)
	defer l.stop()
	if err := l.join(streamB); err != nil {
		return err
	}
	select {
	case <-a.Context().Done():
		b.Hangup(call.System, causeOf(a.Context()))
	case <-b.Context().Done():
		a.Hangup(call.System, causeOf(b.Context()))
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// causeOf is why a call's context has ended.
func causeOf(ctx context.Context) call.Cause { return call.CauseOf(context.Cause(ctx)) }
