package rtp

import "time"

// sendReport sends a report; last says goodbye with it.
func (s *Session) sendReport(last bool) {
	c := &s.control
	if c.cname == "" {
		c.cname = newCNAME()
	}
	now := time.Now().UnixNano()
	ssrc := s.packetizer.header.SSRC
	reception, hears := s.reception(now)
	b := &reception
	if !hears {
		b = nil
	}
	c.out.reset()
	if c.spoke && c.ssrc == ssrc {
		c.out.sender(ssrc, ntpTime(now), s.packetizer.now(), c.packets, c.octets, b)
	} else {
		c.out.receiver(ssrc, b)
	}
	c.spoke = false
	c.out.description(ssrc, c.cname)
	if last {
		c.out.bye(ssrc)
	}
	via, to := c.socket, c.aimed
	if s.epoch.Mux {
		via, to = s.socket, s.aimed
	}
	if via == nil || via.toSize == 0 {
		return
	}
	data := c.out.buf[:c.out.n]
	if c.observe != nil {
		c.observe(ControlPacket{At: time.Unix(0, now), From: via.local, To: to, Data: data})
	}
	if g := s.guards.send; g != nil {
		if data = g.protectControl(data); data == nil {
			return
		}
	}
	if via.send(data) {
		c.wrote++
	}
}

// reception is what we tell of the peer's voice; hears is false if there is
// none.
func (s *Session) reception(now int64) (b block, hears bool) {
	c, q := &s.control, &s.sequence
	if !q.started || !s.heard {
		return b, false
	}
	expected := q.highest - q.base + 1
	lost := int32(min(expected-q.received, maxCumulative))
	b = block{
		ssrc:       s.ssrc,
		cumulative: lost,
		highest:    q.highest - 1<<16,
		jitter:     uint32(s.jitter.mean * float64(s.epoch.Codec.Clock())),
	}
	if expected < c.expected || q.received < c.received {
		c.expected, c.received = 0, 0 // another source
	}
	newly, got := expected-c.expected, q.received-c.received
	c.expected, c.received = expected, q.received
	if newly > got {
		b.fraction = uint8(min((newly-got)*256/newly, 255))
	}
	if c.sentAt != 0 {
		b.lastReport, b.delay = c.sent, shortSeconds(now-c.sentAt)
	}
	return b, true
}

// bye takes leave of the peer, if we have ever said anything (§6.3.7).
func (s *Session) bye() {
	if s.epoch.Codec != nil && s.packetsOut+s.control.wrote > 0 {
		s.sendReport(true)
	}
}
