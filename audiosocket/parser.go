package audiosocket

import (
	"encoding/binary"
	"errors"
	"fmt"

	wire "github.com/CyCoreSystems/audiosocket"
)

// errGarbage means that the peer does not speak AudioSocket.
var errGarbage = errors.New("not AudioSocket")

// parser cuts the byte stream into messages. It takes any fragments, down to
// single bytes, and holds no more than a header and half a sample.
type parser struct {
	header [headerSize]byte
	have   int     // bytes of header
	kind   byte    // of the message under way
	left   int     // bytes of its payload still to come
	cut    [2]byte // a sample whose bytes came apart
	half   bool    // cut holds its first byte

	unknown uint64 // messages skipped
	frames  uint64 // audio messages
	bare    uint64 // of them, those of 10 ms at 8 kHz
}

// visitor takes what the parser finds.
type visitor interface {
	// audio takes samples, little-endian; data has whole ones. The last part
	// of a message need not be marked: audio is a stream.
	audio(rate int, data []byte)
	digit(tone byte)
	hangup()
}

// feed parses data. Error: errGarbage; the rest of the connection is
// meaningless then. After hangup it stops.
func (p *parser) feed(data []byte, v visitor) error {
	for len(data) > 0 {
		if p.left == 0 {
			n := copy(p.header[p.have:], data)
			data = data[n:]
			if p.have += n; p.have < headerSize {
				return nil
			}
			p.have = 0
			if p.header[0] == wire.KindHangup {
				v.hangup()
				return nil
			}
			if err := p.begin(); err != nil {
				return err
			}
			continue
		}
		n := min(p.left, len(data))
		p.payload(data[:n], v)
		p.left -= n
		data = data[n:]
	}
	return nil
}

// begin judges a complete header.
func (p *parser) begin() error {
	m := wire.MessageFromData(p.header[:])
	p.kind, p.left = byte(m.Kind()), int(m.ContentLength())
	if !plausible(p.kind, p.left) {
		return fmt.Errorf("%w: kind %#02x with %d bytes", errGarbage, p.kind, p.left)
	}
	p.half = false
	if _, ok := isAudio(p.kind); ok {
		p.frames++
		if p.kind == firstAudio && p.left == 160 {
			p.bare++
		}
	} else if p.kind != wire.KindDTMF {
		p.unknown++
	}
	return nil
}

// payload takes a part of the message's payload.
func (p *parser) payload(data []byte, v visitor) {
	if p.kind == wire.KindDTMF {
		v.digit(data[0])
		return
	}
	rate, ok := isAudio(p.kind)
	if !ok {
		return
	}
	if p.half {
		p.cut[1] = data[0]
		v.audio(rate, p.cut[:])
		p.half = false
		data = data[1:]
	}
	if len(data)%2 != 0 {
		p.cut[0], p.half = data[len(data)-1], true
		data = data[:len(data)-1]
	}
	if len(data) > 0 {
		v.audio(rate, data)
	}
}

// samples decodes little-endian data to pcm, which must hold it.
func samples(pcm []int16, data []byte) {
	for i := range len(data) / 2 {
		pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
}
