package rtp

import (
	"time"

	"parley/media"
)

// Stats is what a Session has counted since it was opened.
type Stats struct {
	// PacketsIn are those of the party; PacketsOut those that were sent;
	// Unsent those that the kernel did not take or that had no destination.
	PacketsIn, PacketsOut, Unsent uint64
	// Relayed are those of PacketsOut that came from another Session as they
	// were.
	Relayed uint64
	// Lost never came; Late came after their turn; Duplicates came again;
	// Reordered came after a later one.
	Lost, Late, Duplicates, Reordered uint64
	// Strangers came from an address that is not the party's.
	Strangers uint64
	// Malformed is what is no RTP or of an unknown payload type.
	Malformed uint64
	// Unauthentic packets failed SRTP's check or were replayed.
	Unauthentic uint64
	// ReportsIn and ReportsOut are RTCP packets; Byes said that the party
	// stops sending.
	ReportsIn, ReportsOut, Byes uint64
	// FarLost and FarJitterMS are what the party reports of our voice; RTT is
	// the round trip, 0 if it has not been measured.
	FarLost     uint64
	FarJitterMS float64
	RTT         time.Duration
	// MOS estimates how the party sounds here, FarMOS how we sound there, from
	// 1 to 4.4; 0 if nothing is known.
	MOS, FarMOS float64
	// SRTP names the suite that protects the media, "" for none.
	SRTP string
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
	n := Stats{
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
	n.Relayed = s.passed
	s.control.stats(&n, s.epoch.Codec)
	s.rate(&n)
	if suite := s.epoch.SendCrypto.Suite; suite != NoSuite {
		n.SRTP = suite.String()
	}
	return n
}

// stats adds what RTCP tells.
func (c *control) stats(n *Stats, codec media.Codec) {
	n.ReportsIn, n.ReportsOut, n.Byes, n.RTT = c.in, c.wrote, c.byes, c.rtt
	n.FarLost = c.farBefore + uint64(max(c.far.cumulative, 0))
	if codec != nil {
		n.FarJitterMS = float64(c.far.jitter) * 1000 / float64(codec.Clock())
	}
}

// rate estimates the quality of both directions.
func (s *Session) rate(n *Stats) {
	delay := n.RTT/2 + s.epoch.PTime + s.options.Jitter
	if n.PacketsIn > 0 {
		n.MOS = mos(share(n.Lost+n.Late, n.PacketsIn+n.Lost), delay)
	}
	if n.PacketsOut > 0 && s.control.far.ssrc != 0 {
		n.FarMOS = mos(share(n.FarLost, n.PacketsOut), delay)
	}
}
