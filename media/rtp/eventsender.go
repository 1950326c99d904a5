package rtp

import (
	"encoding/binary"
	"time"

	"parley/media"
)

const (
	// digitLength is how long a digit of unknown length is sent; shorter than
	// shortestDigit nobody detects, longest is our own bound.
	digitLength   = 100 * time.Millisecond
	shortestDigit = 40 * time.Millisecond
	longestDigit  = 5 * time.Second
	// endPackets is how often the end is sent (RFC 4733 §2.5.1.4).
	endPackets = 3
	// digitPause is how many ticks of audio lie between two digits, beside
	// the two in which the end is repeated.
	digitPause = 2
	eventLevel = 10 // dBm0 below zero
)

// eventSender turns digits into telephone-event packets, one per tick.
type eventSender struct {
	queue    media.DigitQueue
	sending  bool
	code     byte
	stamp    uint32 // timestamp of the beginning
	duration uint32 // so far, in event clock units
	length   uint32 // in all
	ends     int    // end packets sent
	pause    int    // ticks until the next digit may begin
}

// busy says whether a digit is being sent or waits.
func (e *eventSender) busy() bool { return e.sending || e.queue.Len() > 0 }

// begin takes the next digit, if it is time for one. rate is the Stream's,
// clock that of the events; stamp the timestamp of the coming tick.
func (e *eventSender) begin(stamp uint32, rate, clock int) bool {
	if e.pause > 0 {
		e.pause--
		return false
	}
	d, ok := e.queue.Pop()
	if !ok {
		return false
	}
	length := lengthOf(d, rate)
	*e = eventSender{
		queue:   e.queue,
		sending: true,
		code:    codeOf(d.Tone),
		stamp:   stamp,
		length:  uint32(min(media.Samples(length, clock), maxSegment)),
	}
	return true
}

// lengthOf is how long a digit is sent; rate is that of its Samples.
func lengthOf(d media.Digit, rate int) time.Duration {
	length := digitLength
	if d.Samples > 0 {
		length = media.Duration(int64(d.Samples), rate)
	}
	return min(max(length, shortestDigit), longestDigit)
}

// next writes this tick's payload and moves on. first is true for the packet
// that begins the event.
func (e *eventSender) next(payload []byte, clock int) (n int, first bool) {
	first = e.duration == 0
	if e.duration < e.length {
		e.duration = min(e.duration+uint32(media.FrameSize(clock)), e.length)
	}
	payload[0], payload[1] = e.code, eventLevel
	if e.duration == e.length {
		payload[1] |= eventEnd
		e.ends++
	}
	binary.BigEndian.PutUint16(payload[2:], uint16(e.duration))
	if e.ends == endPackets {
		e.sending, e.pause = false, digitPause
	}
	return eventSize, first
}

func codeOf(tone byte) byte {
	for i := range len(tones) {
		if tones[i] == tone {
			return byte(i)
		}
	}
	return 0
}
