package bridge

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"parley/call"
	"parley/media"
	"parley/media/rtp"
	"parley/media/tone"
)

// line is the Ticker of a call: it plays a tone to its party, or joins it
// with another, and changes between these at a frame border.
type line struct {
	stream  media.Stream
	pcm     []int16
	mode    atomic.Pointer[mode]
	stopped atomic.Bool
	once    sync.Once
	done    chan struct{}
}

// mode is what a line does: relay, tone, or neither, which is silence.
type mode struct {
	relay *rtp.Relay
	tone  *tone.Progress
}

// leaveTime bounds how long stop waits for the clock.
const leaveTime = time.Second

// newLine puts a line on the clock that is silent at first.
func newLine(clock media.Clock, s media.Stream) *line {
	l := &line{stream: s, pcm: make([]int16, media.FrameSize(s.Rate())), done: make(chan struct{})}
	l.mode.Store(&mode{})
	clock.Add(l)
	return l
}

// play plays a tone from now on. Error: no such country.
func (l *line) play(country string, k tone.Kind) error {
	p, err := tone.NewProgress(country, k, l.stream.Rate())
	if err != nil {
		return err
	}
	l.mode.Store(&mode{tone: p})
	return nil
}

// join carries the party's audio to and from another from now on. Error:
// their rates cannot be converted.
func (l *line) join(other media.Stream) error {
	r, err := rtp.NewRelay(l.stream, other)
	if err != nil {
		return call.WithCause(call.NotAcceptable, fmt.Errorf("join calls: %w", err))
	}
	l.mode.Store(&mode{relay: r})
	return nil
}

// stop takes the line off the clock and waits for that, so that somebody else
// may drive the streams.
func (l *line) stop() {
	l.stopped.Store(true)
	t := time.NewTimer(leaveTime)
	defer t.Stop()
	select {
	case <-l.done:
	case <-t.C: // the clock itself has stopped
	}
}

// Tick implements media.Ticker.
func (l *line) Tick(now time.Duration) bool {
	m := l.mode.Load()
	switch {
	case l.stopped.Load():
	case m.relay != nil:
		if !m.relay.Tick(now) { // one has ended: the next tick tells which
			l.mode.CompareAndSwap(m, &mode{})
		}
		return true
	case l.stream.ReadFrame(l.pcm) != media.End:
		if m.tone != nil {
			m.tone.Fill(l.pcm)
			l.stream.WriteFrame(l.pcm)
		} else {
			l.stream.WriteFrame(nil)
		}
		return true
	}
	l.once.Do(func() { close(l.done) })
	return false
}
