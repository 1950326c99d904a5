package audiosocket

import (
	"sync"

	"parley/call"
	"parley/media"
)

// shared is a caller's audio, which the session has, or for the time of a
// transfer somebody else. Each frame is read and written by one of them.
type shared struct {
	media.Stream
	session hearing

	mu   sync.Mutex
	loan *loan // the transfer under way, nil if there is none
}

// newShared returns the audio of s in the session's hand.
func newShared(s media.Stream) *shared {
	p := &shared{Stream: s}
	p.session = hearing{p}
	return p
}

// lend makes a Stream for the transfer that begins: it gets the caller's audio
// with its first frame after release. Until then the session is still heard,
// but hears gaps.
func (p *shared) lend() *loan {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loan = &loan{shared: p}
	return p.loan
}

// takeBack ends the transfer's hold on the audio.
func (p *shared) takeBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loan.over = true
	p.loan = nil
}

// hearing is the party as the session has it.
type hearing struct{ *shared }

// ReadFrame implements media.Stream.
func (h hearing) ReadFrame(pcm []int16) media.Mark {
	h.mu.Lock()
	defer h.mu.Unlock()
	mark := media.Gap
	if h.loan == nil || !h.loan.taken {
		mark = h.Stream.ReadFrame(pcm)
	}
	if h.loan != nil && mark != media.End {
		clear(pcm)
		return media.Gap
	}
	return mark
}

// WriteFrame implements media.Stream.
func (h hearing) WriteFrame(pcm []int16) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.loan == nil || !h.loan.taken {
		h.Stream.WriteFrame(pcm)
	}
}

// ReadDigit implements media.Stream. What is keyed before the transfer is
// answered is for nobody.
func (h hearing) ReadDigit() (d media.Digit, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.loan == nil {
		return h.Stream.ReadDigit()
	}
	for ok = !h.loan.taken; ok; {
		_, ok = h.Stream.ReadDigit()
	}
	return d, false
}

// loan is the party as a transfer has it.
type loan struct {
	*shared
	free  bool // it may be taken
	taken bool
	over  bool
}

// release lets the transfer have the audio.
func (l *loan) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = true
}

// holds takes the audio if it may, and tells whether it has it.
func (l *loan) holds() bool {
	l.taken = l.taken || l.free
	return l.taken && !l.over
}

// Beneath is what a relay looks for: the caller's Stream while we have it.
func (l *loan) Beneath() media.Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds() {
		return l.Stream
	}
	return nil
}

// ReadFrame implements media.Stream.
func (l *loan) ReadFrame(pcm []int16) media.Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds() {
		return l.Stream.ReadFrame(pcm)
	}
	clear(pcm)
	if l.over {
		return media.End
	}
	return media.Gap
}

// WriteFrame implements media.Stream.
func (l *loan) WriteFrame(pcm []int16) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds() {
		l.Stream.WriteFrame(pcm)
	}
}

// ReadDigit implements media.Stream.
func (l *loan) ReadDigit() (d media.Digit, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds() {
		return l.Stream.ReadDigit()
	}
	return d, false
}

// WriteDigit implements media.Stream.
func (l *loan) WriteDigit(d media.Digit) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holds() && l.Stream.WriteDigit(d)
}

// lent is a caller as a transfer has him: answered long ago, and with the
// audio that it may have.
type lent struct {
	call.Call
	loan *loan
}

// Stream implements call.Call.
func (l lent) Stream() media.Stream { return l.loan }

// Answer implements call.Call.
func (l lent) Answer() error {
	if l.State() == call.Answered {
		return nil
	}
	return l.Call.Answer()
}

// Unwrap returns the call itself.
func (l lent) Unwrap() call.Call { return l.Call }
