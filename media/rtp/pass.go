package rtp

import "encoding/binary"

// relayPatience is how many ticks without a packet of the source are bridged
// with silence of our own: its pause may be a hold, and the other side is to
// stay calm.
const relayPatience = 10

// timeline puts another source's numbers on ours, so that a listener sees one
// source whose losses and changes of order are those on the way to us.
type timeline struct {
	source *Session // nil: our own packets go out
	series uint32   // of the source
	first  uint16   // the source's number that it began with
	number uint16   // to add to its sequence numbers
	stamp  uint32   // to add to its timestamps
	end    uint32   // the timestamp after the newest of its packets
}

// begin lets a source's packets follow ours, from the one given.
func (t *timeline) begin(p *packetizer, from *Session) {
	*t = timeline{
		source: from,
		series: from.series,
		first:  from.packet.SequenceNumber,
		number: p.header.SequenceNumber - from.packet.SequenceNumber,
		stamp:  p.now() - from.packet.Timestamp,
		end:    p.now(),
	}
}

// stop lets our own packets follow the source's, not earlier than these end.
func (t *timeline) stop(p *packetizer) {
	if t.source == nil {
		return
	}
	t.source = nil
	if int32(t.end-p.header.Timestamp) > 0 {
		p.header.Timestamp = t.end
	}
	p.silent = true
}

// pass sends the packet that has just come to the other party, with the
// numbers and payload types that were agreed on there. isNew says that it is
// the newest. Both Sessions are locked.
func (s *Session) pass(to *Session, isNew bool) {
	in, out := &s.packet, &to.packetizer
	kind, samples := to.epoch.PayloadType, 0
	switch in.PayloadType {
	case s.epoch.PayloadType:
		samples = s.epoch.Codec.Samples(in.Payload)
	case s.epoch.EventType:
		kind = to.epoch.EventType
	default:
		return // comfort noise was not agreed on there
	}
	if !s.epoch.Receive || !to.epoch.Send {
		return
	}
	t := &out.relayed
	marker := in.Marker
	if t.source != s || t.series != s.series {
		if !isNew {
			return
		}
		t.stop(out)
		t.begin(out, s)
		marker = true
	}
	if int16(in.SequenceNumber-t.first) < 0 && !isNew {
		return // its number is taken by a packet of ours
	}
	number, stamp := in.SequenceNumber+t.number, in.Timestamp+t.stamp
	if isNew {
		out.header.SequenceNumber = number + 1
		t.end = stamp + out.clock(samples)
	}
	data := out.buffer()[:headerSize+len(in.Payload)]
	data[0], data[1] = 0x80, kind
	if marker {
		data[1] |= 0x80
	}
	binary.BigEndian.PutUint16(data[2:], number)
	binary.BigEndian.PutUint32(data[4:], stamp)
	binary.BigEndian.PutUint32(data[8:], out.header.SSRC)
	copy(data[headerSize:], in.Payload)
	to.passed++
	to.send(data)
}

// relay is ReadFrame of s and WriteFrame of to at once: packets go from one to
// the other as they are. Both are locked and fit each other. pcm gets the
// frame for those who listen in; nil if nobody does.
func (s *Session) relay(to *Session, pcm []int16) {
	if deaf := pcm == nil; s.deaf != deaf {
		s.deaf = deaf
		s.playout.reset()
	}
	before := to.passed
	s.forward = to
	s.advance()
	s.forward = nil
	for { // they have been passed on
		if _, ok := s.events.completed.Pop(); !ok {
			break
		}
	}
	if pcm != nil {
		s.playout.pull(pcm)
	}
	if to.passed != before {
		s.passedAt = s.tick
	}
	if s.tick-s.passedAt > relayPatience || !s.epoch.Receive {
		to.write(nil)
		return
	}
	to.packetizer.skip()
}

// listen makes s play again what comes; a digit whose beginning was passed on
// is not reported any more. s is locked.
func (s *Session) listen() {
	if s.deaf {
		s.deaf = false
		s.playout.reset()
		s.events.open = false
	}
}

// fits says whether packets can pass between s and to as they are: the same
// codec and packet time, and digits in the same way. Both are locked.
func (s *Session) fits(to *Session) bool {
	a, b := &s.epoch, &to.epoch
	return s != to && !s.closed && !to.closed && a.Codec != nil && b.Codec != nil &&
		a.Codec.Name() == b.Codec.Name() && a.Codec.Clock() == b.Codec.Clock() && a.PTime == b.PTime &&
		(a.EventType == 0) == (b.EventType == 0) && a.EventClock == b.EventClock
}
