package media

import "encoding/binary"

// wavHeaderSize is the length of the header before the samples.
const wavHeaderSize = 44

// maxWAVData is how many bytes of samples the 32-bit sizes of RIFF can tell:
// 37 hours of stereo at 8 kHz.
const maxWAVData = 1<<32 - 1 - wavHeaderSize

// wavHeader returns the header of a WAV file of 16-bit linear PCM that holds
// size bytes of samples.
func wavHeader(channels, rate int, size int64) [wavHeaderSize]byte {
	var h [wavHeaderSize]byte
	le := binary.LittleEndian
	copy(h[0:], "RIFF")
	le.PutUint32(h[4:], uint32(wavHeaderSize-8+size))
	copy(h[8:], "WAVEfmt ")
	le.PutUint32(h[16:], 16)
	le.PutUint16(h[20:], 1) // linear PCM
	le.PutUint16(h[22:], uint16(channels))
	le.PutUint32(h[24:], uint32(rate))
	le.PutUint32(h[28:], uint32(rate*channels*2))
	le.PutUint16(h[32:], uint16(channels*2))
	le.PutUint16(h[34:], 16)
	copy(h[36:], "data")
	le.PutUint32(h[40:], uint32(size))
	return h
}
