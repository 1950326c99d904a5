package openai

import (
	"context"
	"time"

	"parley/speech"
)

// drainTime is how long the rest behind a complete answer is waited for.
const drainTime = 100 * time.Millisecond

// watch ends a request that takes too long, at its beginning, in its middle or
// as a whole.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	c      Config
	step   *time.Timer // until the next piece
	total  *time.Timer
	what   time.Duration // what step was set to
}

func newWatch(ctx context.Context, c Config) *watch {
	w := &watch{c: c, what: c.FirstTimeout}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.step = time.AfterFunc(c.FirstTimeout, func() {
		w.cancel(speech.Unavailable(speech.ErrTimeout, "no piece of an answer came in time"))
	})
	w.total = time.AfterFunc(c.TotalTimeout, func() {
		w.cancel(speech.Unavailable(speech.ErrTimeout, "the answer is not complete after %s", c.TotalTimeout))
	})
	return w
}

// progress says that a piece of the answer has come.
func (w *watch) progress() {
	w.what = w.c.GapTimeout
	w.step.Reset(w.what)
}

// pause runs what is not the server's time.
func (w *watch) pause(f func() error) error {
	w.step.Stop()
	defer func() { w.step.Reset(w.what) }()
	return f()
}

// drain gives the rest a short time.
func (w *watch) drain() { w.step.Reset(drainTime) }

func (w *watch) stop() {
	w.step.Stop()
	w.total.Stop()
	w.cancel(nil)
}
