package espeak

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// parseWAV returns the samples of what espeak-ng writes to a pipe: mono, 16
// bits, with lengths in the header that are made up.
func parseWAV(b []byte) (pcm []int16, rate int, err error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, 0, errors.New("not a WAV file")
	}
	for b = b[12:]; len(b) >= 8; {
		name, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		switch {
		case name == "data" && rate == 0:
			return nil, 0, errors.New("WAV data without a format")
		case name == "data":
			b = b[:min(size, len(b))]
			pcm = make([]int16, len(b)/2)
			for i := range pcm {
				pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
			}
			return pcm, rate, nil
		case name == "fmt " && size >= 16 && len(b) >= 16:
			if kind, channels, bits := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint16(b[14:]); kind != 1 || channels != 1 || bits != 16 {
				return nil, 0, fmt.Errorf("WAV of kind %d with %d channels of %d bits, want linear mono of 16", kind, channels, bits)
			}
			rate = int(binary.LittleEndian.Uint32(b[4:]))
		}
		b = b[min(size, len(b)):]
	}
	return nil, 0, errors.New("WAV without data")
}

// sounds returns where the sound in pcm begins and ends.
func sounds(pcm []int16) (first, last int64) {
	const loud = 200
	for i, x := range pcm {
		if x > loud || x < -loud {
			if last == 0 {
				first = int64(i)
			}
			last = int64(i + 1)
		}
	}
	return first, last
}
