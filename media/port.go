package media

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Port serves programs that want to wait: a Ticker on the clock's side, and
// methods that block on the program's. Give it to a clock once.
type Port struct {
	stream Stream

	heard, heardFree chan portFrame
	said, saidFree   chan portFrame
	pressed          chan Digit
	press            chan Digit

	dropped atomic.Uint64
	stopped atomic.Bool
	once    sync.Once
	done    chan struct{}
}

type portFrame struct {
	pcm  []int16
	mark Mark
}

const (
	// portHeard is how many frames wait for a reader; when it is slower the
	// oldest go.
	portHeard = 25
	// portSaid is how many frames a writer may be ahead.
	portSaid   = 5
	portDigits = 32
)

// ErrDigitRefused means that a Port's queue of digits is full.
var ErrDigitRefused = errors.New("too many digits waiting")

// NewPort returns a Port to s.
func NewPort(s Stream) *Port {
	p := &Port{
		stream:    s,
		heard:     make(chan portFrame, portHeard),
		heardFree: make(chan portFrame, portHeard),
		said:      make(chan portFrame, portSaid),
		saidFree:  make(chan portFrame, portSaid),
		pressed:   make(chan Digit, portDigits),
		press:     make(chan Digit, portDigits),
		done:      make(chan struct{}),
	}
	for range portHeard {
		p.heardFree <- portFrame{pcm: make([]int16, FrameSize(s.Rate()))}
	}
	for range portSaid {
		p.saidFree <- portFrame{pcm: make([]int16, FrameSize(s.Rate()))}
	}
	return p
}

// Rate returns the sample rate in Hz.
func (p *Port) Rate() int { return p.stream.Rate() }

// Tick implements Ticker.
func (p *Port) Tick(time.Duration) bool {
	if p.stopped.Load() || !p.hear() {
		p.once.Do(func() { close(p.done) })
		return false
	}
	select {
	case d := <-p.press:
		p.stream.WriteDigit(d)
	default:
	}
	select {
	case f := <-p.said:
		p.stream.WriteFrame(f.pcm)
		p.saidFree <- f
	default:
		p.stream.WriteFrame(nil)
	}
	return true
}

// hear moves a frame and the digits to the program. It returns false at the
// end of the Stream.
func (p *Port) hear() bool {
	var f portFrame
	select {
	case f = <-p.heardFree:
	default:
		select {
		case f = <-p.heard: // the oldest makes room
			p.dropped.Add(1)
		case f = <-p.heardFree: // the reader was just done
		}
	}
	f.mark = p.stream.ReadFrame(f.pcm)
	if f.mark == End {
		return false
	}
	p.heard <- f
	for d, ok := p.stream.ReadDigit(); ok; d, ok = p.stream.ReadDigit() {
		select {
		case p.pressed <- d:
		default: // nobody reads digits
		}
	}
	return true
}

// Read waits for the next frame of the party and copies it to pcm, which
// holds FrameSize(Rate()) samples. One goroutine reads at a time. Error: io.EOF at the end of the Stream or
// after Stop, or ctx's own.
func (p *Port) Read(ctx context.Context, pcm []int16) (Mark, error) {
	var f portFrame
	select {
	case f = <-p.heard:
	default:
		select {
		case f = <-p.heard:
		case <-p.done:
			return End, io.EOF
		case <-ctx.Done():
			return Gap, ctx.Err()
		}
	}
	copy(pcm, f.pcm)
	p.heardFree <- f
	return f.mark, nil
}

// Write waits until there is room and queues a frame toward the party. A
// writer is at most 100 ms ahead. Error: io.ErrClosedPipe at the end of the
// Stream or after Stop, or ctx's own.
func (p *Port) Write(ctx context.Context, pcm []int16) error {
	select {
	case <-p.done:
		return io.ErrClosedPipe
	default:
	}
	select {
	case f := <-p.saidFree:
		clear(f.pcm[copy(f.pcm, pcm):])
		p.said <- f
		return nil
	case <-p.done:
		return io.ErrClosedPipe
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Press queues a digit toward the party. Error: ErrDigitRefused.
func (p *Port) Press(d Digit) error {
	select {
	case p.press <- d:
		return nil
	default:
		return ErrDigitRefused
	}
}

// Digits gives the digits that the party has sent. It is never closed; see
// Done. Of those that nobody reads, the first 32 are kept.
func (p *Port) Digits() <-chan Digit { return p.pressed }

// Dropped returns how many frames were lost because nobody read them in time.
func (p *Port) Dropped() uint64 { return p.dropped.Load() }

// Stop makes the next Tick the last.
func (p *Port) Stop() { p.stopped.Store(true) }

// Done is closed when the Port has left the clock.
func (p *Port) Done() <-chan struct{} { return p.done }
