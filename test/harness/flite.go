package harness

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/media"
)

// Speak makes a WAV file of a text with the program flite, whose voices are
// slt, rms, awb and kal16.
func Speak(t testing.TB, voice, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "speech.wav")
	flite(t, "-voice", voice, "-t", text, "-o", path)
	return path
}

func flite(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("flite", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("flite: %v\n%s", err, out)
	}
	return string(out)
}

// SpokenFor tells how long flite takes from the first sound of a sentence to
// its last.
func SpokenFor(t testing.TB, voice, sentence string) time.Duration {
	t.Helper()
	s := Load(t, Speak(t, voice, sentence))
	spans := s.Stretches(s.Left, time.Minute)
	if len(spans) != 1 {
		t.Fatalf("flite is silent on %q", sentence)
	}
	return time.Duration(spans[0].To-spans[0].From) * time.Millisecond
}

// WordEnds tells when each word of a sentence ends, counted from its first
// sound, as flite speaks it: by the sounds that each word has.
func WordEnds(t testing.TB, voice, sentence string) (ends []time.Duration) {
	t.Helper()
	const pause = "pau"
	var sounds []time.Duration // the end of each
	var began time.Duration
	for _, f := range strings.Fields(flite(t, "-voice", voice, "-psdur", "-t", sentence, "-o", "none")) {
		name, value, _ := strings.Cut(f, ":")
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("flite says %q of a sound", f)
		}
		at := time.Duration(seconds * float64(time.Second))
		switch {
		case name != pause:
			sounds = append(sounds, at)
		case len(sounds) == 0:
			began = at
		}
	}
	n := 0
	for _, word := range strings.Fields(sentence) {
		for _, f := range strings.Fields(flite(t, "-voice", voice, "-ps", "-t", word, "-o", "none")) {
			if f != pause {
				n++
			}
		}
		if n > len(sounds) {
			t.Fatalf("the words of %q have more sounds than the sentence", sentence)
		}
		ends = append(ends, sounds[n-1]-began)
	}
	if n != len(sounds) {
		t.Fatalf("the words of %q have %d sounds, the sentence %d", sentence, n, len(sounds))
	}
	return ends
}

// Script writes a WAV file of silences (time.Duration) and sound files
// (string), one after the other.
func Script(t testing.TB, path string, rate int, parts ...any) {
	t.Helper()
	var pcm []int16
	for _, part := range parts {
		switch part := part.(type) {
		case time.Duration:
			pcm = append(pcm, make([]int16, media.Samples(part, rate))...)
		case string:
			sound, err := media.LoadSound(part, rate)
			if err != nil {
				t.Fatal(err)
			}
			pcm = append(pcm, sound...)
		}
	}
	data := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+2*len(pcm)))
	data = append(data, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	data = binary.LittleEndian.AppendUint32(data, uint32(rate))
	data = binary.LittleEndian.AppendUint32(data, uint32(2*rate))
	data = append(data, "\x02\x00\x10\x00data"...)
	data = binary.LittleEndian.AppendUint32(data, uint32(2*len(pcm)))
	for _, v := range pcm {
		data = binary.LittleEndian.AppendUint16(data, uint16(v))
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
