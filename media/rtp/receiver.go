package rtp

import (
	"math"
	"net/netip"

	"github.com/pion/rtp"
)

// drainLimit bounds how many packets one tick takes, so that a flood at one
// port does not delay other calls; the kernel drops what its buffer cannot
// hold.
const drainLimit = 64

// receiver is the inbound half of a Session.
type receiver struct {
	packet   rtp.Packet // reused, with its slices
	lock     lock
	sequence sequence
	ssrc     uint32
	series   uint32 // counts the series of sequence numbers that we have seen
	heard    bool   // ssrc is known
	playout  playout
	events   eventReader
	jitter   jitter

	packetsIn, duplicates, reordered, strangers, malformed, unauthentic uint64
}

// drain takes the packets that wait in the socket.
func (s *Session) drain() {
	box := borrowMailbox()
	defer box.giveBack()
	for range drainLimit {
		data, from, at, ok := box.receive(s.socket)
		if !ok {
			return
		}
		s.take(data, from, at)
	}
}

// take judges one datagram.
func (s *Session) take(data []byte, from netip.AddrPort, at int64) {
	if s.lock.locked && from != s.lock.source {
		s.strangers++
		return
	}
	if s.epoch.Codec == nil {
		return // nothing is agreed on yet
	}
	if isControl(data) {
		s.takeControl(data, from, at)
		return
	}
	if g := s.guards.receive; g != nil && headed(data) {
		if data = g.open(data); data == nil {
			s.unauthentic++
			return
		}
	}
	if !s.parse(data) {
		s.malformed++
		return
	}
	ok, changed := s.lock.admit(from, s.tick)
	if !ok {
		s.strangers++
		return
	}
	if s.lock.locked {
		s.follow(from)
	}
	p := &s.packet
	if changed || s.heard && p.SSRC != s.ssrc {
		s.newSource()
	}
	s.ssrc, s.heard = p.SSRC, true
	s.lastHeard = s.tick
	s.packetsIn++
	s.accept(at)
}

// headed says whether data begins like RTP. Of what does not, pion makes an
// error, and so an allocation.
func headed(data []byte) bool { return len(data) >= headerSize && data[0]>>6 == 2 }

// headerSize is the length of an RTP header without contributing sources.
const headerSize = 12

// parse reads data into s.packet and says whether it is RTP that this Epoch
// knows.
func (s *Session) parse(data []byte) bool {
	if !headed(data) {
		return false
	}
	p := &s.packet
	if err := p.Unmarshal(data); err != nil {
		return false
	}
	switch {
	case p.PayloadType == comfortNoise && s.epoch.PayloadType != comfortNoise:
		return true
	case p.PayloadType == s.epoch.PayloadType:
		samples := s.epoch.Codec.Samples(p.Payload)
		return samples > 0 && samples <= s.playout.longest() && len(p.Payload) <= s.playout.slotSize
	case p.PayloadType == s.epoch.EventType && s.epoch.EventType != 0:
		return len(p.Payload) >= eventSize
	}
	return false
}

// accept puts the party's packet where it belongs.
func (s *Session) accept(at int64) {
	p := &s.packet
	isNew := false
	switch s.sequence.note(p.SequenceNumber) {
	case fresh:
		isNew = true
	case reordered:
		s.reordered++
	case duplicate:
		s.duplicates++
		return
	case ancient:
		s.playout.late++
		return
	case restarted:
		isNew = true
		s.playout.reset()
		s.jitter.restart()
		s.series++
	}
	if s.forward != nil {
		s.pass(s.forward, isNew)
	}
	switch {
	case p.PayloadType == s.epoch.EventType && s.epoch.EventType != 0:
		if !s.events.take(p.Timestamp, p.Payload, s.tick) {
			s.malformed++
		}
		s.playout.quiet = true
	case p.PayloadType == comfortNoise && s.epoch.PayloadType != comfortNoise:
		s.playout.quiet = true
	case s.epoch.Receive:
		s.jitter.note(at, p.Timestamp, s.epoch.Codec.Clock())
		if s.deaf {
			return
		}
		s.playout.put(p.Timestamp, p.Payload, isNew, p.Marker)
	}
}

// newSource starts anew with another SSRC or address.
func (s *Session) newSource() {
	s.sequence.restart()
	s.playout.reset()
	s.events.restart()
	s.jitter.restart()
	s.series++
}

// follow sends to where the party sends from (symmetric RTP, RFC 4961).
func (s *Session) follow(from netip.AddrPort) {
	if s.aimed != from {
		s.aimed = from
		s.socket.aim(from)
		s.retarget(s.epoch)
	}
}

// jitter is the interarrival jitter of RFC 3550 §6.4.1.
type jitter struct {
	known   bool
	transit float64 // seconds
	mean    float64 // seconds
}

// note takes a packet that the kernel got at a time (nanoseconds).
func (j *jitter) note(at int64, timestamp uint32, clock int) {
	if at == 0 {
		return
	}
	transit := float64(at)/1e9 - float64(timestamp)/float64(clock)
	if d := math.Abs(transit - j.transit); j.known && d < 1 { // else a new time line
		j.mean += (d - j.mean) / 16
	}
	j.transit, j.known = transit, true
}

func (j *jitter) restart() { j.known = false }
