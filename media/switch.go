package media

import (
	"fmt"
	"sync"
)

// Switch is a Stream in front of another one that may be exchanged: a call
// whose leg changes (REFER, Replaces, a fork that answers) keeps its Switch,
// and so its program, recording and AudioSocket.
//
// Each frame is read from or written to one Stream whole. Without a Stream,
// and when the present one has ended, the party is a Gap: only Close ends a
// Switch, since the next leg may be on its way. Digits that are still queued in
// a Stream stay there.
type Switch struct {
	rate int

	mu      sync.Mutex
	current Stream // nil: none
	closed  bool
}

// NewSwitch returns a Switch at rate (Hz) in front of nothing.
func NewSwitch(rate int) *Switch { return &Switch{rate: rate} }

// Set puts the Switch in front of to, nil for nothing, from the next frame on.
// Any goroutine may call it; when it returns, the Switch has let go of the
// Stream before. Error: to has another rate.
func (s *Switch) Set(to Stream) error {
	if to != nil && to.Rate() != s.rate {
		return fmt.Errorf("switch stream: %d Hz in place of %d", to.Rate(), s.rate)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.current = to
	}
	return nil
}

// Beneath returns the Stream that the Switch is in front of, nil for nothing.
// Any goroutine may call it.
func (s *Switch) Beneath() Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// Close ends the Switch, not the Stream beneath. Any goroutine may call it.
func (s *Switch) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.current = nil
}

// Rate implements Stream.
func (s *Switch) Rate() int { return s.rate }

// ReadFrame implements Stream.
func (s *Switch) ReadFrame(pcm []int16) Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		if mark := s.current.ReadFrame(pcm); mark != End {
			return mark
		}
	}
	clear(pcm)
	if s.closed {
		return End
	}
	return Gap
}

// WriteFrame implements Stream.
func (s *Switch) WriteFrame(pcm []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.WriteFrame(pcm)
	}
}

// ReadDigit implements Stream.
func (s *Switch) ReadDigit() (d Digit, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return Digit{}, false
	}
	return s.current.ReadDigit()
}

// WriteDigit implements Stream.
func (s *Switch) WriteDigit(d Digit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current != nil && s.current.WriteDigit(d)
}
