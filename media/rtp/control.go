package rtp

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"parley/media"
)

const (
	// reportEvery is the mean interval of reports; each is drawn from half to
	// one and a half of it, the first from half of that (RFC 3550 §6.2).
	reportEvery = 5 * time.Second
	// compensation is what the drawing needs to keep the mean (§6.3.1).
	compensation = 1.21828
	// controlTicks is how often the socket of RTCP is looked into. The
	// kernel's time stamps keep the round trip exact.
	controlTicks = 10
	controlLimit = 8 // packets a time
)

// ControlPacket is an RTCP compound packet in clear, as it came or went.
type ControlPacket struct {
	At       time.Time
	From, To netip.AddrPort
	// Data is valid during the call only.
	Data []byte
}

// control is the RTCP half of a Session.
type control struct {
	socket  *socket // RTCP's own port, opened at the first look; nil while RTCP shares RTP's
	aimed   netip.AddrPort
	tried   bool
	learned bool // aimed is where reports came from, not what was signalled
	observe func(ControlPacket)
	out     reportWriter
	cname   string
	next    int64 // tick of the next report

	// What we tell of our own voice: of source ssrc so far, and whether
	// anything since the last report.
	ssrc            uint32
	packets, octets uint32
	spoke           bool
	// What we tell of the peer's, since the last report.
	expected, received uint32

	// What the peer told us.
	sent      uint32 // of its last sender report
	sentAt    int64  // when that came, 0 if none has
	far       block
	farBefore uint64 // lost, as told of our sources before
	rtt       time.Duration
	in, wrote uint64
	byes      uint64
}

// Observe gives every RTCP packet from now on to f, nil for nobody. It is
// called on the clock's tick with the Session locked: it copies what it wants
// and returns at once.
func (s *Session) Observe(f func(ControlPacket)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.control.observe = f
}

// schedule draws when the next report is due.
func (c *control) schedule(tick int64, mean time.Duration) {
	d := time.Duration(float64(mean) * (0.5 + rand.Float64()) / compensation)
	c.next = tick + max(1, int64(d/media.FrameTime))
}

// count notes a packet of ours of which octets are voice.
func (c *control) count(ssrc uint32, octets int) {
	if c.ssrc != ssrc {
		c.farBefore += uint64(max(c.far.cumulative, 0))
		c.ssrc, c.packets, c.octets, c.far = ssrc, 0, 0, block{}
	}
	c.packets++
	c.octets += uint32(octets)
	c.spoke = true
}

// report does this tick's part of RTCP.
func (s *Session) report() {
	c := &s.control
	if s.tick%controlTicks == 0 && !s.epoch.Mux && s.epoch.Codec != nil && c.open(s.socket.local) {
		s.drainControl()
	}
	if s.tick < c.next || s.epoch.Codec == nil {
		return
	}
	if c.next == 0 {
		c.schedule(s.tick, reportEvery/2)
		return
	}
	c.schedule(s.tick, reportEvery)
	s.sendReport(false)
}

// open opens the port above RTP's, once: most calls that fail or end at once
// never need it. If somebody else has taken it the call goes without.
func (c *control) open(beside netip.AddrPort) bool {
	if c.socket == nil && !c.tried {
		c.tried = true
		if own, err := listen(netip.AddrPortFrom(beside.Addr(), beside.Port()+1)); err == nil {
			c.socket = own
			own.tune()
			own.aim(c.aimed)
		}
	}
	return c.socket != nil
}

func (s *Session) drainControl() {
	box := borrowMailbox()
	defer box.giveBack()
	for range controlLimit {
		data, from, at, ok := box.receive(s.control.socket)
		if !ok {
			return
		}
		s.takeControl(data, from, at)
	}
}

// takeControl reads a datagram of RTCP. The party's is what comes from its
// host, whatever the port: where reports come from is where ours go
// (RFC 4961).
func (s *Session) takeControl(data []byte, from netip.AddrPort, at int64) {
	c := &s.control
	if s.epoch.Codec == nil {
		return
	}
	if from.Addr() != s.partyHost() && from != s.epoch.Control {
		s.strangers++
		return
	}
	if !isControl(data) {
		s.malformed++
		return
	}
	if g := s.guards.receive; g != nil {
		if data = g.openControl(data); data == nil {
			s.unauthentic++
			return
		}
	}
	r, ok := readReports(data, s.packetizer.header.SSRC)
	if !ok {
		s.malformed++
		return
	}
	c.in++
	if !s.epoch.Mux {
		c.learned = true
		c.aim(from)
	}
	c.take(r, at)
	if c.observe != nil {
		c.observe(ControlPacket{At: time.Unix(0, at), From: from, To: s.controlLocal(), Data: data})
	}
}

// partyHost is whose reports count: the locked source's, else the signalled.
func (s *Session) partyHost() netip.Addr {
	if s.lock.source.IsValid() {
		return s.lock.source.Addr()
	}
	return s.epoch.Remote.Addr()
}

func (s *Session) controlLocal() netip.AddrPort {
	if s.epoch.Mux || s.control.socket == nil {
		return s.socket.local
	}
	return s.control.socket.local
}

// take remembers what the peer told; at is when (nanoseconds, 0 if unknown).
func (c *control) take(r reports, at int64) {
	if at == 0 {
		at = time.Now().UnixNano()
	}
	if r.hasSent {
		c.sent, c.sentAt = r.sent, at
	}
	if r.bye {
		c.byes++
	}
	if !r.hasBlock {
		return
	}
	c.far = r.block
	if r.block.lastReport == 0 {
		return // it has not seen a report of ours
	}
	// The round trip (§6.4.1): now, less when it was sent, less its stay there.
	trip := shortNTP(at) - r.block.lastReport - r.block.delay
	const longest = 30 << 16 // more is nonsense: a clock was set
	if int32(trip) < 0 || trip > longest {
		return
	}
	d := time.Duration(trip) * time.Second >> 16
	if c.rtt == 0 {
		c.rtt = d
	}
	c.rtt += (d - c.rtt) / 4
}

// retarget follows a new Epoch, or the party to where it was found behind NAT.
func (s *Session) retarget(e Epoch) {
	c := &s.control
	if c.learned {
		return
	}
	to := e.Control
	if found := s.lock.source; found.IsValid() && found.Addr() != e.Remote.Addr() {
		to = netip.AddrPortFrom(found.Addr(), found.Port()+1) // the best guess
	}
	c.aim(to)
}

func (c *control) aim(to netip.AddrPort) {
	if c.aimed != to {
		c.aimed = to
		if c.socket != nil {
			c.socket.aim(to)
		}
	}
}
