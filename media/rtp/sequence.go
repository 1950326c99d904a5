package rtp

// sequence follows the sequence numbers of one source, after RFC 3550 A.1.
type sequence struct {
	started  bool
	base     uint32 // extended number of the first packet
	highest  uint32 // extended number of the newest
	received uint32 // different packets since base
	seen     uint64 // bit n is set if highest-n has come
	expected uint16 // what must follow a jump to make it believed
	doubtful bool   // a jump has been seen; expected is valid
	lost     uint64 // of the sources before this one
}

// verdict says what a sequence number means.
type verdict uint8

const (
	fresh     verdict = iota // newer than everything before
	reordered                // older than the newest, and new to us
	duplicate                // seen before
	ancient                  // too old to tell, or a jump not yet believed
	restarted                // the source has begun a new series
)

// maxDropout and seenWindow bound what counts as loss and as reordering; what
// lies outside is a jump, believed when two packets in a row agree on it.
const (
	maxDropout = 3000
	seenWindow = 64
)

// note judges number n and remembers it.
func (s *sequence) note(n uint16) verdict {
	if !s.started {
		s.begin(n)
		return fresh
	}
	delta := int32(int16(n - uint16(s.highest)))
	switch {
	case delta == 0:
		return duplicate
	case delta > 0 && delta < maxDropout:
		s.highest += uint32(delta)
		s.seen = s.seen<<uint(delta) | 1 // a shift of 64 and more clears it
		s.received++
		s.doubtful = false
		return fresh
	case delta < 0 && delta > -seenWindow:
		bit := uint64(1) << uint(-delta)
		if s.seen&bit != 0 {
			return duplicate
		}
		if uint32(-delta) > s.highest-s.base {
			return ancient // from before the first one: not counted as expected
		}
		s.seen |= bit
		s.received++
		return reordered
	}
	if s.doubtful && n == s.expected {
		s.lost = s.totalLost()
		s.begin(n)
		return restarted
	}
	s.doubtful, s.expected = true, n+1
	return ancient
}

// restart forgets the source but not what it lost.
func (s *sequence) restart() {
	*s = sequence{lost: s.totalLost()}
}

func (s *sequence) begin(n uint16) {
	// One cycle up, so that numbers before the first do not wrap below zero.
	first := 1<<16 + uint32(n)
	*s = sequence{started: true, base: first, highest: first, received: 1, seen: 1, lost: s.lost}
}

// totalLost is the number of packets that never came, over all sources.
func (s *sequence) totalLost() uint64 {
	if !s.started {
		return s.lost
	}
	return s.lost + uint64(s.highest-s.base+1-s.received)
}
