package voice

import (
	"sync/atomic"
	"time"

	"parley/media"
	"parley/voice/turn"
)

// ticker is the session's part on the clock: it reads the caller's frame into
// the queue and, a little later, plays the robot's. It never blocks, and allocates nothing
// once the queue has grown to its size.
type ticker struct {
	stream media.Stream
	clock  media.Clock
	queue  *queue
	player *player
	free   chan []int16 // frame buffers; the owner gives them back
	out    []int16      // the robot's newest frame
	spare  []int16
	lost   atomic.Int64  // frames for which there was no buffer
	leave  atomic.Bool   // the owner has gone
	left   chan struct{} // closed when the clock has let go
}

// frameCount buffers are nearly a second. An owner that is later than that
// loses frames.
const frameCount = 48

func newTicker(stream media.Stream, clock media.Clock, q *queue, p *player) *ticker {
	size := media.FrameSize(stream.Rate())
	t := &ticker{
		stream: stream, clock: clock, queue: q, player: p,
		free: make(chan []int16, frameCount),
		out:  make([]int16, size), spare: make([]int16, size),
		left: make(chan struct{}),
	}
	frames := make([]int16, 2*frameCount*size) // each with room for the robot's
	for i := range frameCount {
		t.free <- frames[2*i*size : 2*(i+1)*size : 2*(i+1)*size]
	}
	return t
}

// Tick implements media.Ticker. The clock lets go of one that panics: then the
// owner must not wait for it.
func (t *ticker) Tick(time.Duration) bool {
	defer func() {
		if p := recover(); p != nil {
			t.queue.push(item{event: turn.Gone{}, at: t.clock.Now()})
			close(t.left)
			panic(p)
		}
	}()
	if t.leave.Load() || !t.read() {
		close(t.left)
		return false
	}
	return true
}

// Late implements media.Later: by now the owner has mostly judged the frame
// that Tick read, and what it decided can be heard at once.
func (t *ticker) Late(time.Duration) {
	if t.player.pull(t.out) {
		t.stream.WriteFrame(t.out)
	} else {
		clear(t.out)
		t.stream.WriteFrame(nil)
	}
}

// read takes one frame and the digits into the queue. It reports false when
// the stream is over.
func (t *ticker) read() bool {
	now := t.clock.Now()
	var buffer []int16
	frame := t.spare // a place to read to when every buffer is out
	select {
	case buffer = <-t.free:
		frame = buffer[:len(t.out)]
		copy(buffer[len(t.out):], t.out)
	default:
		t.lost.Add(1)
	}
	mark := t.stream.ReadFrame(frame)
	if buffer != nil {
		t.queue.push(item{frame: frame, robot: buffer[len(t.out):], mark: mark, at: now})
	}
	for {
		d, ok := t.stream.ReadDigit()
		if !ok {
			break
		}
		t.queue.push(item{event: turn.Digit{Tone: d.Tone}, at: now})
	}
	if mark == media.End {
		t.queue.push(item{event: turn.Gone{}, at: now})
		return false
	}
	return true
}

// recycle gives a frame buffer back, which goes on behind the frame.
func (t *ticker) recycle(frame []int16) {
	select {
	case t.free <- frame[:2*len(frame)]:
	default:
	}
}
