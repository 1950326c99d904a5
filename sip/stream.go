package sip

import (
	"sync"
	"sync/atomic"

	"parley/media"
)

// stream is a call's audio as programs see it. It stays the same while the
// dialog and the media beneath it change.
type stream struct {
	*media.Switch
	digits *digitQueue
	info   atomic.Pointer[infoSender] // nil: digits go with the audio
}

// WriteDigit implements media.Stream.
func (s *stream) WriteDigit(d media.Digit) bool {
	if info := s.info.Load(); info != nil {
		return info.press(d)
	}
	return s.Switch.WriteDigit(d)
}

// ReadDigit implements media.Stream: what has come with the audio, and what
// has come by INFO.
func (s *stream) ReadDigit() (media.Digit, bool) {
	if d, ok := s.Switch.ReadDigit(); ok {
		return d, true
	}
	return s.digits.take()
}

// maxDigits bounds the digits that nobody has read.
const maxDigits = 32

// digitQueue holds digits between the signalling and the clock.
type digitQueue struct {
	mu sync.Mutex
	q  []media.Digit
}

// add puts d at the end, or drops it if nobody reads.
func (q *digitQueue) add(d media.Digit) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.q) < maxDigits {
		q.q = append(q.q, d)
	}
}

func (q *digitQueue) take() (d media.Digit, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.q) == 0 {
		return d, false
	}
	d = q.q[0]
	q.q = q.q[:copy(q.q, q.q[1:])]
	return d, true
}
