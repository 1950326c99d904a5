package apm

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"parley/media"
)

// hiss returns white noise at about -40 dBFS, the same on every run.
func hiss(n int) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(r.NormFloat64() * 327)
	}
	return pcm
}

// spoken returns a sentence of flite's at rate, with half a second of silence
// before and after it.
func spoken(t *testing.T, rate int, text string) []int16 {
	t.Helper()
	name := filepath.Join(t.TempDir(), "spoken.wav")
	if out, err := exec.Command("flite", "-voice", "slt", "-t", text, "-o", name).CombinedOutput(); err != nil {
		t.Fatalf("flite (apt-get install flite): %v %s", err, out)
	}
	wav, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, (len(wav)-44)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(wav[44+2*i:]))
	}
	r, err := media.NewResampler(16000, rate)
	if err != nil {
		t.Fatal(err)
	}
	quiet := make([]int16, 8000)
	pcm = append(append(append([]int16{}, quiet...), pcm...), quiet...)
	out := make([]int16, r.OutLen(len(pcm)))
	return out[:r.Process(out, pcm)]
}

func process(t *testing.T, c Config, pcm []int16) []Verdict {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var vs []Verdict
	for n := media.FrameSize(c.Rate); len(pcm) >= n; pcm = pcm[n:] {
		vs = append(vs, p.Process(pcm[:n]))
	}
	return vs
}

// drop is by how much the last second is quieter after processing, in dB.
func drop(vs []Verdict) float64 {
	sum := 0.0
	for _, v := range vs[len(vs)-50:] {
		sum += v.Input - v.Level
	}
	return sum / 50
}

func TestEachLevelSuppressesMoreNoise(t *testing.T) {
	atLeast := map[Noise]float64{NoiseLow: 5, NoiseModerate: 10, NoiseHigh: 15, NoiseVeryHigh: 18}
	for _, rate := range []int{8000, 16000} {
		last := 1.0
		for noise := NoiseOff; noise <= NoiseVeryHigh; noise++ {
			got := drop(process(t, Config{Rate: rate, Noise: noise}, hiss(4*rate)))
			t.Logf("%d Hz, %v: noise drops by %.1f dB", rate, noise, got)
			if noise == NoiseOff {
				if math.Abs(got) > 0.1 {
					t.Errorf("%d Hz, off: noise changes by %.1f dB", rate, got)
				}
				continue
			}
			if got < atLeast[noise] || got < last+2 {
				t.Errorf("%d Hz, %v: noise drops by %.1f dB, want %v and 2 more than %.1f", rate, noise, got, atLeast[noise], last)
			}
			last = got
		}
	}
}

// voiced returns which part of the frames is voiced, 0 to 1.
func voiced(vs []Verdict) (part float64) {
	for _, v := range vs {
		for _, half := range v.Voiced {
			if half {
				part += 0.5 / float64(len(vs))
			}
		}
	}
	return part
}

func TestVoiceIsFoundInSpeechAndNotInNoise(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for _, noise := range []Noise{NoiseOff, NoiseModerate, NoiseHigh} {
			name := fmt.Sprintf("%d Hz, %v", rate, noise)
			pcm := spoken(t, rate, "I would like to know when the shop is open on Saturday morning.")
			c := Config{Rate: rate, Noise: noise, Voice: Low, HighPass: true}
			vs := process(t, c, pcm)
			speech, rest := voiced(vs[25:len(vs)-25]), voiced(vs[:25])
			if speech < 0.7 || rest > 0.05 {
				t.Errorf("%s: %.0f %% of speech and %.0f %% of silence are voiced, want 70 or more and 5 or less", name, 100*speech, 100*rest)
			}
			// The first second is for learning the noise.
			rest = voiced(process(t, c, hiss(4*rate))[50:])
			if most := map[Noise]float64{NoiseOff: 0.2, NoiseModerate: 0.02, NoiseHigh: 0.02}[noise]; rest > most {
				t.Errorf("%s: %.0f %% of noise is voiced, want %.0f or less", name, 100*rest, 100*most)
			}
		}
	}
}

func TestSpeechSurvivesSuppression(t *testing.T) {
	pcm := spoken(t, 8000, "Nine o'clock in the morning would be fine for me.")
	vs := process(t, Config{Rate: 8000, Noise: NoiseHigh, Voice: Low}, pcm)
	var in, out float64
	for _, v := range vs[25:] {
		in, out = math.Max(in, v.Input), math.Max(out, v.Level)
	}
	if in-out > 3 {
		t.Errorf("the loudest frame drops from %.1f to %.1f dBFS, want at most 3 dB", in, out)
	}
}

func TestHighPassRemovesHum(t *testing.T) {
	hum := make([]int16, 16000)
	for i := range hum {
		hum[i] = int16(3000 * math.Sin(2*math.Pi*40*float64(i)/8000))
	}
	if got := drop(process(t, Config{Rate: 8000, HighPass: true}, hum)); got < 6 {
		t.Errorf("40 Hz hum drops by %.1f dB, want 6 or more", got)
	}
}

func TestLevel(t *testing.T) {
	square := make([]int16, 160)
	for i := range square {
		square[i] = 3277 // -20 dBFS
	}
	if got := rms(square); math.Abs(got+20) > 0.01 {
		t.Errorf("level %.2f dBFS, want -20", got)
	}
	if got := rms(make([]int16, 160)); got != Silence {
		t.Errorf("level of silence %.2f dBFS, want %v", got, Silence)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for _, c := range []Config{{Rate: 11025}, {Rate: 8000, Noise: 5}, {Rate: 8000, Voice: -1}} {
		if p, err := New(c); err == nil {
			p.Close()
			t.Errorf("New(%+v) gave no error", c)
		}
	}
}

func TestNamesGoBothWays(t *testing.T) {
	for n := NoiseOff; n <= NoiseVeryHigh; n++ {
		text, _ := n.MarshalText()
		var back Noise
		if err := back.UnmarshalText(text); err != nil || back != n {
			t.Errorf("%q reads as %v, %v", text, back, err)
		}
	}
	var l Likelihood
	if err := l.UnmarshalText([]byte("often")); err == nil {
		t.Error(`"often" is read as a likelihood`)
	}
}

func TestProcessDoesNotAllocate(t *testing.T) {
	p, err := New(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	frame := hiss(160)
	if n := testing.AllocsPerRun(200, func() { p.Process(frame) }); n != 0 {
		t.Errorf("%v allocations per frame, want none", n)
	}
}

func BenchmarkProcess(b *testing.B) {
	for _, rate := range []int{8000, 16000} {
		for _, noise := range []Noise{NoiseOff, NoiseHigh} {
			b.Run(fmt.Sprintf("%d/%v", rate, noise), func(b *testing.B) {
				p, err := New(Config{Rate: rate, Noise: noise, Voice: Low, HighPass: true})
				if err != nil {
					b.Fatal(err)
				}
				defer p.Close()
				noise := hiss(media.FrameSize(rate))
				frame := make([]int16, len(noise))
				b.ReportAllocs()
				for b.Loop() {
					copy(frame, noise)
					p.Process(frame)
				}
			})
		}
	}
}
