package speechtest

import (
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"parley/media"
)

// Voices are the voices of the program flite, which play the callers.
var Voices = []string{"slt", "rms", "awb", "kal16"}

// Say returns text spoken by one of Voices at rate (Hz), with 300 ms of
// silence before and 500 ms after it. At 8 kHz it went through G.711.
func Say(t testing.TB, voice, text string, rate int) []int16 {
	t.Helper()
	name := filepath.Join(t.TempDir(), "said.wav")
	if out, err := exec.Command("flite", "-voice", voice, "-t", text, "-o", name).CombinedOutput(); err != nil {
		t.Fatalf("the program flite (apt-get install flite) says: %v %s", err, out)
	}
	wav, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const header, voiceRate = 44, 16000 // all four speak at 16 kHz
	pcm := make([]int16, voiceRate*3/10, len(wav))
	for b := wav[header:]; len(b) >= 2; b = b[2:] {
		pcm = append(pcm, int16(binary.LittleEndian.Uint16(b)))
	}
	pcm = append(pcm, make([]int16, voiceRate/2)...)
	r, err := media.NewResampler(voiceRate, rate)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, r.OutLen(len(pcm)))
	out = out[:r.Process(out, pcm)]
	if rate == 8000 {
		for i, s := range out {
			out[i] = throughMuLaw(s)
		}
	}
	return out
}

// throughMuLaw returns what G.711 µ-law leaves of a sample: four bits behind
// the leading one.
func throughMuLaw(s int16) int16 {
	const bias = 132
	x := math.Min(math.Abs(float64(s)), 32635) + bias
	step := math.Exp2(math.Floor(math.Log2(x)) - 4)
	y := (math.Floor(x/step)+0.5)*step - bias
	return int16(math.Copysign(y, float64(s)))
}
