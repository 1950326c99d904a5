package audiosocket

import "parley/call"

// Stats is what a Conn has counted.
type Stats struct {
	// FramesIn were read as the peer's; FramesOut were sent.
	FramesIn, FramesOut uint64
	// Dropped frames were not sent because the peer was slow.
	Dropped uint64
	// Gaps and Concealed frames were put in because nothing came; Shed were
	// left out because the peer stayed ahead of us.
	Gaps, Concealed, Shed uint64
	// Unknown messages were of a kind we do not know; Unconverted ones had a
	// rate that we cannot convert.
	Unknown, Unconverted uint64
	// DigitsIn came; DigitsLost of them were not read in time.
	DigitsIn, DigitsLost uint64
}

// MediaStats returns the counters as a call's record has them; a message of
// an unknown kind, or of a rate that we cannot convert, is a malformed one.
func (c *Conn) MediaStats() call.MediaStats {
	s := c.Stats()
	return call.MediaStats{
		Codec: "slin", PacketsIn: s.FramesIn, PacketsOut: s.FramesOut,
		Malformed: s.Unknown + s.Unconverted, DigitsIn: s.DigitsIn,
		FramesGap: s.Gaps, FramesGuess: s.Concealed,
	}
}
