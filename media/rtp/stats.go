package rtp

// Stats is what a Session has counted since it was opened.
type Stats struct {
	// PacketsIn are those of the party; PacketsOut those that were sent;
	// Unsent those that the kernel did not take or that had no destination.
	PacketsIn, PacketsOut, Unsent uint64
	// Lost never came; Late came after their turn; Duplicates came again;
	// Reordered came after a later one.
	Lost, Late, Duplicates, Reordered uint64
	// Strangers came from an address that is not the party's.
	Strangers uint64
	// Malformed is what is no RTP or of an unknown payload type.
	Malformed uint64
	// Unauthentic packets failed SRTP's check or were replayed.
	Unauthentic uint64
	// JitterMS is the interarrival jitter of RFC 3550 §6.4.1, in milliseconds.
	JitterMS float64
	// DigitsIn were complete; DigitsLost of them were not read in time.
	DigitsIn, DigitsLost uint64
	// Gaps and Concealed are frames read that were not heard; Shed are frames
	// left out because more was held than needed.
	Gaps, Concealed, Shed uint64
}

// Stats returns the counters.
func (s *Session) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		PacketsIn:   s.packetsIn,
		PacketsOut:  s.packetsOut,
		Unsent:      s.unsent,
		Lost:        s.sequence.totalLost(),
		Late:        s.playout.late,
		Duplicates:  s.duplicates,
		Reordered:   s.reordered,
		Strangers:   s.strangers,
		Malformed:   s.malformed,
		Unauthentic: s.unauthentic,
		JitterMS:    s.jitter.mean * 1000,
		DigitsIn:    s.events.count,
		DigitsLost:  s.events.dropped,
		Gaps:        s.playout.gaps,
		Concealed:   s.playout.concealed,
		Shed:        s.playout.shed,
	}
}
