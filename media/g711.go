package media

import "github.com/zaf/g711"

// The two laws of ITU-T G.711, RTP payload types 0 and 8 (RFC 3551 §6).
var (
	PCMU Codec = newG711("PCMU", 0, g711.EncodeUlawFrame, g711.DecodeUlawFrame)
	PCMA Codec = newG711("PCMA", 8, g711.EncodeAlawFrame, g711.DecodeAlawFrame)
)

// companded is a logarithmic codec as two tables: one look-up per sample is
// three times faster than computing the segment.
type companded struct {
	name        string
	payloadType uint8
	encode      [1 << 16]byte // by the sample's bits
	decode      [1 << 8]int16
}

func newG711(name string, payloadType uint8, encode func(int16) uint8, decode func(uint8) int16) *companded {
	c := &companded{name: name, payloadType: payloadType}
	for i := range c.encode {
		c.encode[i] = encode(int16(i))
	}
	for i := range c.decode {
		c.decode[i] = decode(uint8(i))
	}
	return c
}

func (c *companded) Name() string            { return c.name }
func (c *companded) Rate() int               { return 8000 }
func (c *companded) Clock() int              { return 8000 }
func (c *companded) PayloadType() uint8      { return c.payloadType }
func (c *companded) Samples(data []byte) int { return len(data) }

func (c *companded) Encode(dst []byte, pcm []int16) int {
	dst = dst[:len(pcm)]
	for i, s := range pcm {
		dst[i] = c.encode[uint16(s)]
	}
	return len(pcm)
}

func (c *companded) Decode(pcm []int16, data []byte) int {
	pcm = pcm[:len(data)]
	for i, b := range data {
		pcm[i] = c.decode[b]
	}
	return len(data)
}
