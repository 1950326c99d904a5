package flite

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"parley/speech"
)

// A chunk goes from child to parent as: number of marks (2 bytes), the marks
// (sample 8 bytes, byte 4 bytes), samples of 16 bits; all little-endian.

func encodeChunk(c speech.Chunk) []byte {
	b := make([]byte, 0, 2+12*len(c.Marks)+2*len(c.PCM))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(c.Marks)))
	for _, m := range c.Marks {
		b = binary.LittleEndian.AppendUint64(b, uint64(m.Sample))
		b = binary.LittleEndian.AppendUint32(b, uint32(m.Byte))
	}
	for _, s := range c.PCM {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func decodeChunk(b []byte) (c speech.Chunk, err error) {
	if len(b) < 2 {
		return c, fmt.Errorf("chunk of %d bytes", len(b))
	}
	marks := int(binary.LittleEndian.Uint16(b))
	if b = b[2:]; len(b) < 12*marks {
		return c, fmt.Errorf("chunk with %d marks in %d bytes", marks, len(b))
	}
	for range marks {
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

func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("flite: %T is not for JSON: %v", v, err))
	}
	return b
}
