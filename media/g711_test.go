package media_test

import (
	"math"
	"testing"

	"github.com/zaf/g711"

	"parley/media"
)

func TestG711TablesEqualTheirSource(t *testing.T) {
	for _, law := range []struct {
		codec  media.Codec
		encode func(int16) uint8
		decode func(uint8) int16
	}{
		{media.PCMU, g711.EncodeUlawFrame, g711.DecodeUlawFrame},
		{media.PCMA, g711.EncodeAlawFrame, g711.DecodeAlawFrame},
	} {
		var b [1]byte
		var s [1]int16
		for v := math.MinInt16; v <= math.MaxInt16; v++ {
			law.codec.Encode(b[:], []int16{int16(v)})
			if want := law.encode(int16(v)); b[0] != want {
				t.Fatalf("%s: %d encodes to %#x, want %#x", law.codec.Name(), v, b[0], want)
			}
		}
		for v := range 256 {
			law.codec.Decode(s[:], []byte{byte(v)})
			if want := law.decode(byte(v)); s[0] != want {
				t.Fatalf("%s: %#x decodes to %d, want %d", law.codec.Name(), v, s[0], want)
			}
		}
	}
}

// A logarithmic codec keeps the signal-to-noise ratio of a tone near 38 dB
// over most of its range (ITU-T G.712 wants 33 dB).
func TestG711KeepsATone(t *testing.T) {
	for _, codec := range media.Codecs {
		in, out := make([]int16, 8000), make([]int16, 8000)
		for i := range in {
			in[i] = int16(8000 * math.Sin(2*math.Pi*1004*float64(i)/8000))
		}
		wire := make([]byte, 2*len(in))
		n := codec.Encode(wire, in)
		if got := codec.Decode(out, wire[:n]); got != len(in) {
			t.Fatalf("%s: %d samples became %d", codec.Name(), len(in), got)
		}
		var signal, noise float64
		for i := range in {
			signal += float64(in[i]) * float64(in[i])
			d := float64(in[i]) - float64(out[i])
			noise += d * d
		}
		if snr := 10 * math.Log10(signal/noise); snr < 33 {
			t.Errorf("%s: signal-to-noise ratio %.1f dB, want at least 33", codec.Name(), snr)
		}
	}
}

func TestG711DoesNotAllocate(t *testing.T) {
	pcm, wire := make([]int16, 160), make([]byte, 320)
	if n := testing.AllocsPerRun(100, func() {
		n := media.PCMU.Encode(wire, pcm)
		media.PCMU.Decode(pcm, wire[:n])
	}); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func BenchmarkG711Frame(b *testing.B) {
	pcm, wire := make([]int16, 160), make([]byte, 320)
	b.ReportAllocs()
	for b.Loop() {
		n := media.PCMA.Encode(wire, pcm)
		media.PCMA.Decode(pcm, wire[:n])
	}
}
