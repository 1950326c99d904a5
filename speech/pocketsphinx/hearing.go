package pocketsphinx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/speech"
	"parley/speech/engine"
)

var (
	errAbandoned = errors.New("abandoned")
	errLate      = fmt.Errorf("no final text in time: %w", context.DeadlineExceeded)
)

// defaultFinalTimeout is what speech.Hints promises for zero.
const defaultFinalTimeout = 3 * time.Second

// maxWaiting bounds the audio (bytes) that waits for a child: 20 s at 16 kHz.
const maxWaiting = 640_000

// hearing is one utterance on its way through a child.
type hearing struct {
	c      *recognition
	id     int
	hints  speech.Hints
	ctx    context.Context
	cancel context.CancelCauseFunc
	over   chan struct{}

	mu      sync.Mutex
	work    *engine.Work // nil while no child has it
	waiting []byte       // audio until then
	stopped bool
	timer   *time.Timer
}

func newHearing(c *recognition, id int, h speech.Hints) *hearing {
	u := &hearing{c: c, id: id, hints: h, over: make(chan struct{})}
	u.ctx, u.cancel = context.WithCancelCause(c.ctx)
	return u
}

func (u *hearing) write(pcm []int16) {
	b := pcmBytes(pcm)
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.work != nil:
		u.work.Send(b)
	case len(u.waiting) < maxWaiting:
		u.waiting = append(u.waiting, b...)
	}
}

func (u *hearing) stop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stopped = true
	if u.work != nil {
		u.work.Finish()
	}
	limit := u.hints.FinalTimeout
	if limit <= 0 {
		limit = defaultFinalTimeout
	}
	u.timer = time.AfterFunc(limit, func() { u.cancel(errLate) })
}

// run takes the utterance through a child and delivers what comes of it.
func (u *hearing) run(before <-chan struct{}) {
	defer u.c.wg.Done()
	defer close(u.over)
	defer u.cancel(nil)
	defer u.disarm()
	w, err := u.begin()
	if err == nil {
		defer w.Close()
	}
	select {
	case <-before:
	case <-u.ctx.Done():
	}
	if err == nil {
		err = u.listen(w)
	}
	if err != nil {
		if cause := context.Cause(u.ctx); errors.Is(cause, errLate) {
			err = errLate
		}
		<-before // bounded: each has its own timer, or is given up by Close
		u.c.give(u, speech.Result{Err: err})
	}
}

// begin finds a child and gives it what was said meanwhile.
func (u *hearing) begin() (*engine.Work, error) {
	w, err := u.c.r.pool.Open(u.ctx, encode(request{
		Rate: u.c.f.Rate, Phrases: u.hints.Phrases, Closed: u.hints.Closed, Line: u.c.knownLine(nil),
	}))
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.work = w
	if len(u.waiting) > 0 {
		w.Send(u.waiting)
		u.waiting = nil
	}
	if u.stopped {
		w.Finish()
	}
	return w, nil
}

// listen delivers texts until the final one.
func (u *hearing) listen(w *engine.Work) error {
	for {
		b, err := w.Recv(u.ctx)
		if err != nil {
			return err
		}
		var a answer
		if err := json.Unmarshal(b, &a); err != nil {
			return fmt.Errorf("read the recogniser's answer: %w", err)
		}
		if len(a.Dropped) > 0 {
			u.c.r.complain(a.Dropped)
			continue
		}
		if a.Final {
			u.c.knownLine(a.Line)
		}
		u.c.give(u, speech.Result{Text: a.Text, Final: a.Final, Confidence: a.Confidence})
		if a.Final {
			return nil
		}
	}
}

func (u *hearing) disarm() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.timer != nil {
		u.timer.Stop()
	}
}
