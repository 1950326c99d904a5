package rtp

import (
	"fmt"
	"net/netip"
	"time"

	"parley/media"
)

// Epoch is what one offer and answer agreed on. A re-INVITE makes a new one.
type Epoch struct {
	// Remote is where the signalling says that the party receives. Not valid,
	// unspecified or with port 0: nothing is sent until a source is learned.
	Remote netip.AddrPort
	// Codec of both directions. Its Rate must be the session's.
	Codec media.Codec
	// PayloadType is the codec's RTP payload type in both directions.
	PayloadType uint8
	// EventType is the payload type of telephone-event, 0 if there is none;
	// EventClock its clock rate, 0 means the codec's clock.
	EventType  uint8
	EventClock int
	// InBand sends digits as tones while there is no EventType; otherwise
	// WriteDigit refuses them then.
	InBand bool
	// PTime is the length of the packets we send, 10 to 60 ms in steps of
	// 10 ms; 0 means 20 ms. Any length is understood.
	PTime time.Duration
	// Control is where the party receives RTCP; not valid: nothing is sent.
	// Mux puts RTCP on RTP's own port, in both directions (RFC 5761).
	Control netip.AddrPort
	Mux     bool
	// Send and Receive are false while on hold.
	Send, Receive bool
	// SendCrypto and ReceiveCrypto protect the two directions; both or none.
	// A key that stays keeps its counters; with a new key for sending comes a
	// new SSRC, so that nobody expects the old ones.
	SendCrypto, ReceiveCrypto Crypto
}

const (
	shortestPacket = 10 * time.Millisecond
	longestPacket  = 60 * time.Millisecond
	// maxPacketFrames is longestPacket with some tolerance, in frames.
	maxPacketFrames = 6
	maxJitter       = 200 * time.Millisecond
	// rebindAfter ticks without a packet let a new Epoch with the old address
	// reopen the lock; a mere session refresh keeps it.
	rebindAfter = 50
	// comfortNoise is its static payload type (RFC 3389).
	comfortNoise = 13
)

// digits says whether e can carry digits.
func (e *Epoch) digits() bool { return e.EventType != 0 || e.InBand }

// check returns e with its defaults, or what is wrong with it.
func (e Epoch) check(rate int) (Epoch, error) {
	if e.Codec == nil {
		return e, fmt.Errorf("rtp epoch: no codec")
	}
	if e.Codec.Rate() != rate {
		return e, fmt.Errorf("rtp epoch: %s has %d Hz, the session %d", e.Codec.Name(), e.Codec.Rate(), rate)
	}
	if e.PTime == 0 {
		e.PTime = media.FrameTime
	}
	if e.PTime < shortestPacket || e.PTime > longestPacket || e.PTime%shortestPacket != 0 {
		return e, fmt.Errorf("rtp epoch: packets of %s: want 10 to 60 ms in steps of 10", e.PTime)
	}
	if e.EventClock == 0 {
		e.EventClock = e.Codec.Clock()
	}
	if (e.SendCrypto.Suite == NoSuite) != (e.ReceiveCrypto.Suite == NoSuite) {
		return e, fmt.Errorf("rtp epoch: only one direction is protected")
	}
	e.Remote = netip.AddrPortFrom(e.Remote.Addr().Unmap(), e.Remote.Port())
	e.Control = netip.AddrPortFrom(e.Control.Addr().Unmap(), e.Control.Port())
	return e, nil
}

// Bind makes e the session's Epoch from the next frame border on. It may be
// called from any goroutine. Error: e does not fit the session.
func (s *Session) Bind(e Epoch) error {
	e, err := e.check(s.options.Rate)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.guards
	if s.hasPending {
		next = s.pendingGuards
	}
	if next.send, err = guardFor(next.send, e.SendCrypto); err != nil {
		return err
	}
	if next.receive, err = guardFor(next.receive, e.ReceiveCrypto); err != nil {
		return err
	}
	s.pending, s.pendingGuards, s.hasPending = e, next, true
	return nil
}

// turn makes the pending Epoch the current one.
func (s *Session) turn() {
	if !s.hasPending {
		return
	}
	was, now := s.epoch, s.pending
	s.epoch, s.hasPending = now, false
	if s.guards.send != s.pendingGuards.send {
		s.packetizer.begin()
	}
	s.guards = s.pendingGuards

	if was.Codec == nil || was.Codec != now.Codec || was.PayloadType != now.PayloadType {
		s.playout.codec = now.Codec
		s.playout.reset()
		s.packetizer.use(now.Codec)
	}
	s.packetizer.setLength(now.PTime)
	s.events.rate, s.events.clock = s.options.Rate, now.EventClock
	if now.EventType != 0 {
		s.inband.stop()
	}
	if !now.Receive {
		s.playout.reset()
	}
	silent := s.tick - s.lastHeard
	if was.Remote != now.Remote || silent > rebindAfter {
		s.lock.reopen(now.Remote)
		s.follow(now.Remote)
	}
	if was.Control != now.Control {
		s.control.learned = false
		s.retarget(now)
	}
}
