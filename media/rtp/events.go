package rtp

import (
	"encoding/binary"

	"parley/media"
)

// tones maps RFC 4733 event codes 0 to 15 to digits.
const tones = "0123456789*#ABCD"

const (
	eventSize = 4 // bytes of payload of one event
	eventEnd  = 1 << 7
	// eventTimeout is how many ticks without an update end an event whose end
	// packets were all lost.
	eventTimeout = 10
	// maxSegment is the longest duration that one event can tell; longer ones
	// go on in a new segment (RFC 4733 §2.5.1.3).
	maxSegment = 0xffff
)

// eventReader makes digits of telephone-event packets. All packets of one
// event carry the timestamp of its beginning, which tells them apart from the
// next press of the same key.
type eventReader struct {
	rate, clock int // of the Stream and of the events, in Hz

	known     bool // stamp is that of some event, open or done
	open      bool // the event has not ended
	stamp     uint32
	code      byte
	before    uint32 // duration of earlier segments
	duration  uint32 // of this segment, in clock units
	heard     int64  // tick of the newest packet
	completed media.DigitQueue
	count     uint64 // digits completed
	dropped   uint64 // digits lost because nobody read them
}

// take reads one event packet; ok is false if it is malformed.
func (e *eventReader) take(stamp uint32, payload []byte, tick int64) (ok bool) {
	if len(payload) < eventSize {
		return false
	}
	code := payload[0]
	if int(code) >= len(tones) {
		return true // flash and the like: valid, not a digit
	}
	ended := payload[1]&eventEnd != 0
	duration := uint32(binary.BigEndian.Uint16(payload[2:]))

	switch {
	case e.known && stamp == e.stamp:
		if !e.open {
			return true // the end again
		}
	case e.known && int32(stamp-e.stamp) < 0:
		return true // an earlier event, reordered: it has been reported
	case e.open && code == e.code && e.continues(stamp):
		e.before += stamp - e.stamp // the next segment of a long one
		e.stamp, e.duration = stamp, 0
	default:
		e.finish() // all of its end packets were lost
		e.known, e.open = true, true
		e.stamp, e.code, e.before, e.duration = stamp, code, 0, 0
	}
	e.duration = max(e.duration, duration)
	e.heard = tick
	if ended {
		e.finish()
	}
	return true
}

// continues says whether an event that begins at stamp takes the open one up
// where its duration could count no further.
func (e *eventReader) continues(stamp uint32) bool {
	const slack = 4800 // two updates of 50 ms at the fastest clock in use
	length := stamp - e.stamp
	return length <= maxSegment+1 && length >= maxSegment-slack && e.duration+slack >= length
}

// expire ends an event that is no longer updated.
func (e *eventReader) expire(tick int64) {
	if e.open && tick-e.heard >= eventTimeout {
		e.finish()
	}
}

// finish reports the open event, if there is one.
func (e *eventReader) finish() {
	if !e.open {
		return
	}
	e.open = false
	e.count++
	samples := int64(e.before+e.duration) * int64(e.rate) / int64(e.clock)
	d := media.Digit{Tone: tones[e.code], Samples: int(samples)}
	if !e.completed.Push(d) {
		e.dropped++
	}
}

// restart forgets the time line of a source that is gone, after reporting
// what it left open.
func (e *eventReader) restart() {
	e.finish()
	e.known = false
}
