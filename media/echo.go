package media

import (
	"sync/atomic"
	"time"
)

// Echo is a Ticker that plays a party back to itself: audio and digits.
type Echo struct {
	stream  Stream
	frame   []int16
	stopped atomic.Bool
	done    chan struct{}
}

// NewEcho returns an Echo of s.
func NewEcho(s Stream) *Echo {
	return &Echo{stream: s, frame: make([]int16, FrameSize(s.Rate())), done: make(chan struct{})}
}

// Tick implements Ticker.
func (e *Echo) Tick(time.Duration) bool {
	mark := e.stream.ReadFrame(e.frame)
	if e.stopped.Load() || mark == End {
		close(e.done)
		return false
	}
	for d, ok := e.stream.ReadDigit(); ok; d, ok = e.stream.ReadDigit() {
		e.stream.WriteDigit(d)
	}
	if mark == Gap {
		e.stream.WriteFrame(nil)
	} else {
		e.stream.WriteFrame(e.frame)
	}
	return true
}

// Stop makes the next Tick the last.
func (e *Echo) Stop() { e.stopped.Store(true) }

// Done is closed when the Echo has left the clock.
func (e *Echo) Done() <-chan struct{} { return e.done }
