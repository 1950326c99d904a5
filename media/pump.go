package media

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Resampler changes the sample rate of one direction of a call. It keeps
// state between frames, so each direction has its own.
type Resampler interface {
	// Process writes src at the new rate to dst and returns the number of
	// samples written. It does not allocate.
	Process(dst, src []int16) (n int)
}

// Pump is a Ticker that carries two Streams into each other, digits too,
// until one of them ends or Stop is called.
type Pump struct {
	a, b    Stream
	ab, ba  lane
	stopped atomic.Bool
	once    sync.Once
	done    chan struct{}
}

// NewPump joins a and b. resample makes the Resamplers where their rates
// differ; it may be nil if they do not, and returns nil if it cannot. Error:
// there is none.
func NewPump(a, b Stream, resample func(from, to int) Resampler) (*Pump, error) {
	p := &Pump{
		a: a, b: b,
		ab:   newLane(a.Rate(), b.Rate(), resample),
		ba:   newLane(b.Rate(), a.Rate(), resample),
		done: make(chan struct{}),
	}
	if a.Rate() != b.Rate() && (p.ab.resampler == nil || p.ba.resampler == nil) {
		return nil, fmt.Errorf("join streams of %d and %d Hz: no resampler", a.Rate(), b.Rate())
	}
	return p, nil
}

// Tick implements Ticker.
func (p *Pump) Tick(time.Duration) bool {
	if p.stopped.Load() {
		p.finish()
		return false
	}
	endA := p.ab.carry(p.a, p.b)
	endB := p.ba.carry(p.b, p.a)
	if endA || endB {
		p.finish()
		return false
	}
	return true
}

func (p *Pump) finish() { p.once.Do(func() { close(p.done) }) }

// Stop makes the next Tick the last, which does nothing more.
func (p *Pump) Stop() { p.stopped.Store(true) }

// Done is closed when the Pump has left the clock.
func (p *Pump) Done() <-chan struct{} { return p.done }

// lane is one direction of a Pump.
type lane struct {
	in        []int16
	resampler Resampler // nil if the rates are equal
	out       []int16   // resampled, not yet written
	frame     int       // samples of a frame of out
}

func newLane(from, to int, resample func(from, to int) Resampler) lane {
	l := lane{in: make([]int16, FrameSize(from)), frame: FrameSize(to)}
	if from != to && resample != nil {
		l.resampler = resample(from, to)
		// Room for a frame that is left over, one more and what a filter's
		// delay lets go at once.
		l.out = make([]int16, 0, 3*l.frame)
	}
	return l
}

// carry moves one frame and every digit. It reports whether from has ended.
func (l *lane) carry(from, to Stream) (ended bool) {
	mark := from.ReadFrame(l.in)
	for d, ok := from.ReadDigit(); ok; d, ok = from.ReadDigit() {
		if d.Samples > 0 {
			d.Samples = int(int64(d.Samples) * int64(to.Rate()) / int64(from.Rate()))
		}
		to.WriteDigit(d)
	}
	switch {
	case mark == End:
		return true
	case l.resampler != nil:
		l.convert(to)
	case mark == Gap:
		to.WriteFrame(nil)
	default:
		to.WriteFrame(l.in)
	}
	return false
}

// convert resamples the frame and writes a whole one, if there is one yet.
func (l *lane) convert(to Stream) {
	n := len(l.out)
	if room := cap(l.out) - n; room < 2*l.frame {
		n = copy(l.out, l.out[n-l.frame:]) // a resampler that gives too much
	}
	l.out = l.out[:n+l.resampler.Process(l.out[n:cap(l.out)], l.in)]
	if len(l.out) < l.frame {
		to.WriteFrame(nil)
		return
	}
	to.WriteFrame(l.out[:l.frame])
	l.out = l.out[:copy(l.out, l.out[l.frame:])]
}
