package voice

import (
	"time"

	"parley/call"
	"parley/media"
)

// keep writes the machine's log into the journal, so that what it decided can be
// replayed.
func (s *Session) keep() {
	attrs, err := s.kept.Attrs()
	if err != nil {
		s.log.Error("the conversation cannot be replayed", "err", err)
		return
	}
	s.journal.Log(call.KindTurnLog, "", attrs)
}

// beat gives frames an even time: one after the other, as long as the clock
// agrees within half a frame. It keeps what the clock's jitter would make of the
// machine's log.
type beat struct{ last time.Duration }

func (b *beat) of(now time.Duration) time.Duration {
	next := b.last + media.FrameTime
	if b.last == 0 || (now-next).Abs() > media.FrameTime/2 {
		next = now
	}
	b.last = max(b.last, next)
	return b.last
}
