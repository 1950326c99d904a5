package hep

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Kind is what a packet carries, as HEP numbers it.
type Kind byte

const (
	SIP  Kind = 1
	RTCP Kind = 5 // as JSON
)

// Packet is a copy of a message.
type Packet struct {
	At        time.Time
	From, To  netip.AddrPort
	Transport byte // IP protocol: UDP or TCP
	Kind      Kind
	CallID    string // the correlation ID; empty: taken from the SIP message
	Payload   []byte
}

// IP protocols.
const (
	UDP = 17
	TCP = 6
)

// Chunks of HEP version 3.
const (
	chunkFamily      = 0x0001
	chunkProtocol    = 0x0002
	chunkFrom4       = 0x0003
	chunkTo4         = 0x0004
	chunkFrom6       = 0x0005
	chunkTo6         = 0x0006
	chunkFromPort    = 0x0007
	chunkToPort      = 0x0008
	chunkSeconds     = 0x0009
	chunkMicros      = 0x000a
	chunkKind        = 0x000b
	chunkAgent       = 0x000c
	chunkKey         = 0x000e
	chunkPayload     = 0x000f
	chunkCorrelation = 0x0011
)

// AF_INET and AF_INET6, as HEP writes them on every system.
const (
	family4 = 2
	family6 = 10
)

// maxPayload is what fits into a datagram with the other chunks.
const maxPayload = 64000

// Append appends p as it goes over the wire, from the agent with that id and
// key.
func (p *Packet) Append(b []byte, id uint32, key string) []byte {
	begin := len(b)
	b = append(b, "HEP3\x00\x00"...)
	chunk := func(kind uint16, data ...byte) {
		b = binary.BigEndian.AppendUint16(b, 0) // vendor: none
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(6+len(data)))
		b = append(b, data...)
	}
	from, to := p.From.Addr().Unmap(), p.To.Addr().Unmap()
	if from.Is4() && to.Is4() {
		chunk(chunkFamily, family4)
		chunk(chunkFrom4, from.AsSlice()...)
		chunk(chunkTo4, to.AsSlice()...)
	} else {
		f, t := from.As16(), to.As16()
		chunk(chunkFamily, family6)
		chunk(chunkFrom6, f[:]...)
		chunk(chunkTo6, t[:]...)
	}
	chunk(chunkProtocol, p.Transport)
	chunk(chunkFromPort, binary.BigEndian.AppendUint16(nil, p.From.Port())...)
	chunk(chunkToPort, binary.BigEndian.AppendUint16(nil, p.To.Port())...)
	chunk(chunkSeconds, binary.BigEndian.AppendUint32(nil, uint32(p.At.Unix()))...)
	chunk(chunkMicros, binary.BigEndian.AppendUint32(nil, uint32(p.At.Nanosecond()/1000))...)
	chunk(chunkKind, byte(p.Kind))
	chunk(chunkAgent, binary.BigEndian.AppendUint32(nil, id)...)
	if key != "" {
		chunk(chunkKey, []byte(key[:min(len(key), 256)])...)
	}
	if p.CallID != "" {
		chunk(chunkCorrelation, []byte(p.CallID[:min(len(p.CallID), 512)])...)
	}
	chunk(chunkPayload, p.Payload[:min(len(p.Payload), maxPayload)]...)
	binary.BigEndian.PutUint16(b[begin+4:], uint16(len(b)-begin))
	return b
}
