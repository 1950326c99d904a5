package audiosocket

import (
	"encoding/binary"

	wire "github.com/CyCoreSystems/audiosocket"

	"parley/media"
)

// outbound makes messages of our frames, each a single write. What a short
// write leaves over goes first the next time: messages never interleave.
type outbound struct {
	kind   byte
	frame  int // samples
	buffer []byte
	rest   []byte // of buffer: not yet taken by the kernel
	digits media.DigitQueue
}

// setUp gives the half its memory: a frame and the digits before it.
func (o *outbound) setUp(kind byte, rate int) {
	o.kind, o.frame = kind, media.FrameSize(rate)
	o.buffer = make([]byte, 0, headerSize+2*o.frame+media.DigitQueueSize*(headerSize+1))
}

// compose makes the tick's write: the digits, then the frame; nil for pcm is
// silence, and voice false no frame at all.
func (o *outbound) compose(pcm []int16, voice bool) {
	b := o.buffer[:0]
	for d, ok := o.digits.Pop(); ok; d, ok = o.digits.Pop() {
		b = append(b, wire.KindDTMF, 0, 1, d.Tone)
	}
	if voice {
		b = append(b, o.kind)
		b = binary.BigEndian.AppendUint16(b, uint16(2*o.frame))
		at := len(b)
		b = b[:at+2*o.frame]
		clear(b[at:])
		for i, v := range pcm[:min(len(pcm), o.frame)] {
			binary.LittleEndian.PutUint16(b[at+2*i:], uint16(v))
		}
	}
	o.rest = b
}
