package rtp

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"parley/media"
)

// Session is one party's voice over one UDP port. It is a media.Stream: the
// tick reads and writes it. Bind, Stats, Silent, Remote and Close may be
// called from any goroutine; they hold the lock for no longer than a copy.
type Session struct {
	number  uint64 // locks of two Sessions are taken in its order
	options Options
	release func() // gives the port back

	mu         sync.Mutex
	socket     *socket
	aimed      netip.AddrPort // where we send to
	closed     bool
	epoch      Epoch // Codec is nil until the first Bind took effect
	guards     guards
	pending    Epoch
	hasPending bool

	pendingGuards guards

	tick      int64 // ReadFrames so far
	lastHeard int64 // tick of the newest packet of the party

	receiver
	packetizer packetizer
	sender     eventSender
	inband     inband
	packetsOut uint64
	unsent     uint64
	control    control
	passed     uint64
	forward    *Session // where packets are passed on to as they come
	deaf       bool     // and not played here
	passedAt   int64    // tick of the newest that was
}

// sessions counts those that were ever made.
var sessions atomic.Uint64

// newSession makes a session of RTP's port; RTCP's is the next.
func newSession(sock *socket, o Options, release func()) *Session {
	s := &Session{number: sessions.Add(1), options: o, release: release, socket: sock}
	longest := int(media.Samples(longestPacket, o.Rate)) * 2
	s.playout.setUp(o.Rate, int(media.Samples(o.Jitter, o.Rate)), min(longest, maxDatagram))
	s.packetizer.setUp(o.Rate)
	s.events.rate, s.events.clock = o.Rate, o.Rate
	return s
}

// LocalAddr is the address that the port is bound to.
func (s *Session) LocalAddr() netip.AddrPort { return s.socket.local }

// Rate implements media.Stream.
func (s *Session) Rate() int { return s.options.Rate }

// ReadFrame implements media.Stream: it takes what has arrived and plays the
// next frame of it.
func (s *Session) ReadFrame(pcm []int16) media.Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		clear(pcm)
		return media.End
	}
	s.turn()
	s.listen()
	s.advance()
	if s.epoch.Codec == nil || !s.epoch.Receive {
		return s.playout.gap(pcm)
	}
	return s.playout.pull(pcm)
}

// advance lets a tick pass: it takes what has arrived.
func (s *Session) advance() {
	s.tick++
	s.socket.tune()
	s.drain()
	s.report()
	s.events.expire(s.tick)
}

// WriteFrame implements media.Stream.
func (s *Session) WriteFrame(pcm []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(pcm)
}

// write is WriteFrame with the Session locked.
func (s *Session) write(pcm []int16) {
	if s.closed {
		return
	}
	s.turn()
	if s.epoch.Codec == nil {
		return
	}
	s.packetizer.relayed.stop(&s.packetizer)
	if !s.epoch.Send {
		s.packetizer.skip()
		s.packetizer.silent = true
		return
	}
	if s.epoch.EventType != 0 && s.sendDigit() {
		return
	}
	if s.epoch.EventType == 0 && s.epoch.InBand {
		if tones := s.inband.next(&s.sender.queue, s.options.Rate); tones != nil {
			pcm = tones
		}
	}
	if pcm == nil && s.options.Quiet {
		s.send(s.packetizer.flush(s.epoch.PayloadType))
		s.packetizer.skip()
		s.packetizer.silent = true
		return
	}
	s.packetizer.add(pcm)
	for p := s.packetizer.next(s.epoch.PayloadType); p != nil; p = s.packetizer.next(s.epoch.PayloadType) {
		s.send(p)
	}
}

// sendDigit sends this tick's part of a digit in place of audio, if there is
// a digit to send.
func (s *Session) sendDigit() bool {
	if !s.sender.sending {
		if !s.sender.begin(s.packetizer.now(), s.options.Rate, s.epoch.EventClock) {
			return false
		}
		s.send(s.packetizer.flush(s.epoch.PayloadType))
	}
	s.send(s.packetizer.event(&s.sender, s.epoch.EventType, s.epoch.EventClock))
	s.packetizer.skip()
	return true
}

// send sends a packet that has room behind it for its protection.
func (s *Session) send(p []byte) {
	if p == nil {
		return
	}
	octets := len(p) - headerSize
	if g := s.guards.send; g != nil {
		p = g.protect(p)
	}
	switch {
	case p == nil:
		s.unsent++
	case s.socket.send(p):
		s.packetsOut++
		s.control.count(s.packetizer.header.SSRC, octets)
	default:
		s.unsent++
	}
}

// ReadDigit implements media.Stream.
func (s *Session) ReadDigit() (media.Digit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events.completed.Pop()
}

// WriteDigit implements media.Stream. It reports false for what is no digit,
// while the Epoch cannot carry digits, and when 32 digits wait.
func (s *Session) WriteDigit(d media.Digit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	capable := s.epoch.digits() || s.hasPending && s.pending.digits()
	return !s.closed && capable && media.ValidTone(d.Tone) && s.sender.queue.Push(d)
}

// Silent returns for how long the party has sent nothing, by the tick's
// clock. While the Stream is not ticked it stands still.
func (s *Session) Silent() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.tick-s.lastHeard) * media.FrameTime
}

// Remote returns where the party's packets come from and whether that is
// settled; before the first packet it is not valid.
func (s *Session) Remote() (source netip.AddrPort, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lock.source, s.lock.locked
}

// Close ends the Stream and lets the port rest. Later calls do nothing.
func (s *Session) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.bye()
	s.closed = true
	returnPayloads(s.playout.payloads)
	s.playout.payloads = nil
	s.socket.close()
	if s.control.socket != nil {
		s.control.socket.close()
	}
	s.release()
}
