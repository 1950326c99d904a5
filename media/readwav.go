package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxWAV bounds what ReadWAV takes into memory: an hour of stereo at 16 kHz.
const maxWAV = 256 << 20

var errNotWAV = errors.New("not a WAV file of 16-bit PCM")

// ReadWAV reads a WAV file of 16-bit PCM and returns its channels and its
// rate (Hz). A file whose header promises more than it holds, as a crash
// leaves it, is read as far as it goes.
func ReadWAV(path string) (channels [][]int16, rate int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read a sound file: %w", err)
	}
	defer f.Close()
	channels, rate, err = readWAV(io.LimitReader(f, maxWAV))
	if err != nil {
		return nil, 0, fmt.Errorf("read %s: %w", path, err)
	}
	return channels, rate, nil
}

func readWAV(r io.Reader) ([][]int16, int, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, 0, errNotWAV
	}
	count, rate := 0, 0
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return nil, 0, fmt.Errorf("%w: no data", errNotWAV)
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		body := io.LimitReader(r, size)
		switch string(chunk[:4]) {
		case "fmt ":
			var f [16]byte
			if _, err := io.ReadFull(body, f[:]); err != nil {
				return nil, 0, errNotWAV
			}
			format := binary.LittleEndian.Uint16(f[0:])
			count = int(binary.LittleEndian.Uint16(f[2:]))
			rate = int(binary.LittleEndian.Uint32(f[4:]))
			bits := binary.LittleEndian.Uint16(f[14:])
			if format != 1 && format != 0xfffe || bits != 16 || count < 1 || count > 8 || rate < 1000 || rate > 384000 {
				return nil, 0, fmt.Errorf("%w: format %d, %d bits, %d channels, %d Hz", errNotWAV, format, bits, count, rate)
			}
		case "data":
			if count == 0 {
				return nil, 0, fmt.Errorf("%w: data before format", errNotWAV)
			}
			data, err := io.ReadAll(body)
			if err != nil {
				return nil, 0, err
			}
			return deinterleave(data, count), rate, nil
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return nil, 0, err
		}
		if size%2 == 1 {
			// Chunks are padded to even sizes.
			if _, err := io.CopyN(io.Discard, r, 1); err != nil {
				return nil, 0, fmt.Errorf("%w: no data", errNotWAV)
			}
		}
	}
}

func deinterleave(data []byte, count int) [][]int16 {
	n := len(data) / 2 / count
	channels := make([][]int16, count)
	for c := range channels {
		channels[c] = make([]int16, n)
		for i := range n {
			channels[c][i] = int16(binary.LittleEndian.Uint16(data[2*(i*count+c):]))
		}
	}
	return channels
}

// LoadSound reads a WAV file as one channel at rate (Hz), for playing.
func LoadSound(path string, rate int) ([]int16, error) {
	channels, from, err := ReadWAV(path)
	if err != nil {
		return nil, err
	}
	pcm := channels[0]
	for _, other := range channels[1:] {
		for i, s := range other {
			pcm[i] = int16((int(pcm[i]) + int(s)) / 2)
		}
	}
	if from == rate {
		return pcm, nil
	}
	r, err := NewResampler(from, rate)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	out := make([]int16, r.OutLen(len(pcm)))
	return out[:r.Process(out, pcm)], nil
}
