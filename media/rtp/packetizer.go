package rtp

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"

	"parley/media"
)

// packetizer cuts our voice into packets. Its timestamps run with the ticks,
// whether anything is sent or not, so a listener always knows how long a
// pause was.
type packetizer struct {
	header rtp.Header
	codec  media.Codec
	frame  int // samples per tick
	length int // samples per packet

	pcm    []int16 // not yet sent; its last sample is the newest
	room   int     // of pcm, which has none before the first frame
	silent bool    // nothing was sent before: the next packet begins a spurt
	out    []byte  // nil before the first packet

	relayed timeline
}

func (p *packetizer) setUp(rate int) {
	p.frame = media.FrameSize(rate)
	p.room = int(media.Samples(longestPacket+media.FrameTime, rate))
	p.header = rtp.Header{Version: 2, Timestamp: rand.Uint32()}
	p.begin()
}

// begin makes us another source. The first number is far from its wrap, so
// that a listener of SRTP who misses the first packets cannot be mistaken in
// it (RFC 3711 §3.3.1).
func (p *packetizer) begin() {
	p.header.SSRC = rand.Uint32()
	p.header.SequenceNumber = uint16(rand.Uint32N(1 << 15))
	p.silent = true
	p.relayed.source = nil
}

// use takes a codec. Timestamps that change their clock belong to another
// source (RFC 7160 §4.1).
func (p *packetizer) use(codec media.Codec) {
	if p.codec != nil && p.codec.Clock() != codec.Clock() {
		p.header.SSRC = rand.Uint32()
	}
	p.codec = codec
	p.pcm = p.pcm[:0]
	p.silent = true
}

func (p *packetizer) setLength(ptime time.Duration) {
	p.length = int(media.Samples(ptime, p.frame*media.FramesPerSecond))
}

// clock turns samples into units of the timestamp.
func (p *packetizer) clock(samples int) uint32 {
	return uint32(samples * p.codec.Clock() / p.codec.Rate())
}

// now is the timestamp of the coming tick's first sample.
func (p *packetizer) now() uint32 {
	return p.header.Timestamp + p.clock(len(p.pcm))
}

// add appends a frame; nil is silence. Call next until it has no more.
func (p *packetizer) add(pcm []int16) {
	if p.pcm == nil {
		p.pcm = make([]int16, 0, p.room)
	}
	at := len(p.pcm)
	p.pcm = p.pcm[:at+p.frame]
	if pcm == nil {
		clear(p.pcm[at:])
		return
	}
	copy(p.pcm[at:], pcm)
}

// next returns the next whole packet, or nil. It is valid until the next call.
func (p *packetizer) next(payloadType uint8) []byte {
	if len(p.pcm) < p.length {
		return nil
	}
	return p.cut(payloadType, p.length)
}

// flush returns what has not made a whole packet, or nil.
func (p *packetizer) flush(payloadType uint8) []byte {
	if len(p.pcm) == 0 {
		return nil
	}
	return p.cut(payloadType, min(len(p.pcm), p.length))
}

// cut makes a packet of the first n samples.
func (p *packetizer) cut(payloadType uint8, n int) []byte {
	head := p.head(payloadType, p.silent)
	p.silent = false
	size := head + p.codec.Encode(p.out[head:], p.pcm[:n])
	p.pcm = p.pcm[:copy(p.pcm, p.pcm[n:])]
	p.header.Timestamp += p.clock(n)
	return p.out[:size]
}

// buffer is where packets are made.
func (p *packetizer) buffer() []byte {
	if p.out == nil {
		p.out = make([]byte, maxDatagram)
	}
	return p.out
}

// head writes a header for the present timestamp and counts the packet.
func (p *packetizer) head(payloadType uint8, marker bool) int {
	p.header.PayloadType, p.header.Marker = payloadType, marker
	n, err := p.header.MarshalTo(p.buffer())
	if err != nil {
		panic("rtp: the header outgrew the datagram: " + err.Error())
	}
	p.header.SequenceNumber++
	return n
}

// event returns this tick's packet of the digit that e is sending. The
// packet bears the timestamp of the digit's beginning.
func (p *packetizer) event(e *eventSender, payloadType uint8, clock int) []byte {
	var payload [eventSize]byte
	n, first := e.next(payload[:], clock)
	running := p.header.Timestamp
	p.header.Timestamp = e.stamp
	head := p.head(payloadType, first)
	p.header.Timestamp = running
	return p.out[:head+copy(p.out[head:], payload[:n])]
}

// skip lets a tick pass without audio.
func (p *packetizer) skip() {
	p.header.Timestamp += p.clock(len(p.pcm) + p.frame)
	p.pcm = p.pcm[:0]
}
