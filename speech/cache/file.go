package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"parley/speech"
)

// A file is: magic, number of marks (4 bytes), the marks (sample 8, byte 4),
// samples of 16 bits, and the CRC-32 of all before it; little-endian. Chunks
// are joined.
var magic = []byte("PARLEY1\n")

var errDamaged = errors.New("the file is damaged")

func encode(chunks []speech.Chunk) []byte {
	b := slices.Clone(magic)
	b = append(b, 0, 0, 0, 0)
	count := uint32(0)
	for _, c := range chunks {
		for _, m := range c.Marks {
			b = binary.LittleEndian.AppendUint64(b, uint64(m.Sample))
			b = binary.LittleEndian.AppendUint32(b, uint32(m.Byte))
			count++
		}
	}
	binary.LittleEndian.PutUint32(b[len(magic):], count)
	for _, c := range chunks {
		for _, s := range c.PCM {
			b = binary.LittleEndian.AppendUint16(b, uint16(s))
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func decode(b []byte) (c speech.Chunk, err error) {
	head := len(magic) + 4
	if len(b) < head+4 || !bytes.HasPrefix(b, magic) {
		return c, errDamaged
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	count := int(binary.LittleEndian.Uint32(b[len(magic):]))
	if crc32.ChecksumIEEE(body) != sum || count > (len(body)-head)/12 {
		return c, errDamaged
	}
	for b = body[head:]; count > 0; count-- {
		c.Marks = append(c.Marks, speech.Mark{
			Sample: int64(binary.LittleEndian.Uint64(b)),
			Byte:   int(binary.LittleEndian.Uint32(b[8:])),
		})
		b = b[12:]
	}
	c.PCM = make([]int16, len(b)/2)
	for i := range c.PCM {
		c.PCM[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return c, nil
}
