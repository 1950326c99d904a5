package media

import (
	"encoding/binary"
	"fmt"
	"os"
)

// WriteWAV writes channels of equal length as a WAV file of 16-bit PCM.
func WriteWAV(path string, rate int, channels ...[]int16) error {
	n := len(channels[0])
	for _, c := range channels {
		if len(c) != n {
			return fmt.Errorf("write %s: channels of %d and %d samples", path, n, len(c))
		}
	}
	h := wavHeader(len(channels), rate, int64(2*n*len(channels)))
	data := h[:]
	for i := range n {
		for _, c := range channels {
			data = binary.LittleEndian.AppendUint16(data, uint16(c[i]))
		}
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("write a sound file: %w", err)
	}
	return nil
}
