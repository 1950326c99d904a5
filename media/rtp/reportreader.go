package rtp

import "encoding/binary"

// reports is what a compound packet says that matters to us.
type reports struct {
	// sent is the NTP time's middle of a sender report, if hasSent.
	sent    uint32
	hasSent bool
	// block is the reception report about the SSRC that was asked for.
	block    block
	hasBlock bool
	bye      bool
}

// controlHeaderSize is the common header and the SSRC that every packet which
// may come first has.
const controlHeaderSize = 8

// isControl tells RTCP from RTP on a port that both share (RFC 5761 §4).
func isControl(data []byte) bool {
	return len(data) >= controlHeaderSize && data[0]>>6 == 2 && data[1] >= 192 && data[1] <= 223
}

// readReports reads a compound packet; ssrc is ours. ok is false if it is
// malformed (RFC 3550 A.2). Types that we do not know are passed over.
func readReports(data []byte, ssrc uint32) (r reports, ok bool) {
	if len(data) == 0 || len(data)%4 != 0 {
		return r, false
	}
	for len(data) > 0 {
		if len(data) < 4 || data[0]>>6 != 2 {
			return r, false
		}
		size := 4 + 4*int(binary.BigEndian.Uint16(data[2:]))
		if size > len(data) {
			return r, false
		}
		if !r.read(data[:size], ssrc) {
			return r, false
		}
		data = data[size:]
	}
	return r, true
}

// read takes one packet of the compound.
func (r *reports) read(p []byte, ssrc uint32) bool {
	blocks, at := int(p[0]&0x1f), controlHeaderSize
	switch p[1] {
	case typeSenderReport:
		at += senderInfoSize
		if len(p) < at {
			return false
		}
		r.sent, r.hasSent = binary.BigEndian.Uint32(p[10:]), true
	case typeReceiverReport:
	case typeBye:
		r.bye = true
		return true
	default:
		return true
	}
	if len(p) < at+blocks*blockSize {
		return false
	}
	for ; blocks > 0; blocks-- {
		if b := readBlock(p[at:]); b.ssrc == ssrc {
			r.block, r.hasBlock = b, true
		}
		at += blockSize
	}
	return true
}

func readBlock(p []byte) block {
	lost := binary.BigEndian.Uint32(p[4:])
	return block{
		ssrc:       binary.BigEndian.Uint32(p),
		fraction:   uint8(lost >> 24),
		cumulative: int32(lost<<8) >> 8,
		highest:    binary.BigEndian.Uint32(p[8:]),
		jitter:     binary.BigEndian.Uint32(p[12:]),
		lastReport: binary.BigEndian.Uint32(p[16:]),
		delay:      binary.BigEndian.Uint32(p[20:]),
	}
}
