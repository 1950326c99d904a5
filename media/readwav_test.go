package media

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func wavFile(channels, rate int, samples []int16) []byte {
	head := wavHeader(channels, rate, int64(len(samples)*2))
	data := head[:]
	for _, s := range samples {
		data = append(data, byte(s), byte(s>>8))
	}
	return data
}

func TestReadWAV(t *testing.T) {
	data := wavFile(2, 8000, []int16{1, -1, 2, -2, 3, -3})
	ch, rate, err := readWAV(bytes.NewReader(data))
	if err != nil || rate != 8000 || len(ch) != 2 || ch[0][2] != 3 || ch[1][2] != -3 {
		t.Fatalf("%v, %d Hz, %v", ch, rate, err)
	}
	// A crash leaves less than the header promises.
	ch, _, err = readWAV(bytes.NewReader(data[:len(data)-4]))
	if err != nil || len(ch[0]) != 2 {
		t.Errorf("%v, %v", ch, err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "text": []byte("hello, this is no sound at all"), "no data": data[:36],
		"8 bits": append(append([]byte{}, data[:34]...), append([]byte{8, 0}, data[36:]...)...),
	} {
		if _, _, err := readWAV(bytes.NewReader(bad)); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
}

func TestLoadSoundMixesAndResamples(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	samples := make([]int16, 2*16000)
	for i := range samples {
		samples[i] = int16(1000 + 1000*(i%2)) // left 1000, right 2000
	}
	if err := os.WriteFile(path, wavFile(2, 16000, samples), 0o600); err != nil {
		t.Fatal(err)
	}
	pcm, err := LoadSound(path, 8000)
	if err != nil || len(pcm) < 7900 || len(pcm) > 8100 || pcm[4000] < 1450 || pcm[4000] > 1550 {
		t.Errorf("%d samples, %v", len(pcm), err)
	}
	if _, err := LoadSound(path+".none", 8000); err == nil {
		t.Error("a file that is not there was read")
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wavFile(1, 8000, []int16{1, 2, 3}))
	f.Add(wavFile(2, 44100, make([]int16, 64))[:50])
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ch, rate, err := readWAV(bytes.NewReader(data))
		if err == nil && (rate == 0 || len(ch) == 0 || len(ch[0])*len(ch)*2 > len(data)) {
			t.Errorf("%d channels of %d at %d Hz from %d bytes", len(ch), len(ch[0]), rate, len(data))
		}
	})
}
