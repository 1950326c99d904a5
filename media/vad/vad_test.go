package vad

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os/exec"
	"testing"

	"parley/media/apm"
)

const rate = 8000

// spoken returns speech of one of flite's voices at 8 kHz, -6 dBFS peak, and
// the sample at which it is first audible.
func spoken(t *testing.T, voice, text string) (pcm []int16, onset int) {
	t.Helper()
	wav := t.TempDir() + "/speech.wav"
	if out, err := exec.Command("flite", "-voice", voice, "-t", text, "-o", wav).CombinedOutput(); err != nil {
		t.Fatalf("flite (package flite): %v %s", err, out)
	}
	raw, err := exec.Command("sox", wav, "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-", "norm", "-6").Output()
	if err != nil {
		t.Fatalf("sox (package sox): %v", err)
	}
	pcm = make([]int16, len(raw)/2)
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	for onset = range pcm {
		if pcm[onset] > 600 || pcm[onset] < -600 {
			return pcm, onset
		}
	}
	return pcm, 0
}

// judge returns the judgement of each frame of pcm, after a second of the
// line's own noise.
func judge(t *testing.T, pcm []int16, noise float64) []Voice {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	p, err := apm.New(apm.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	d := New(Defaults(), rate)
	all := append(make([]int16, lead), pcm...)
	all = append(all, make([]int16, rate)...)
	a := math.Pow(10, noise/20) * 32768
	for i := range all {
		all[i] = clip(float64(all[i]) + a*r.NormFloat64())
	}
	var vs []Voice
	for i := 0; i+160 <= len(all); i += 160 {
		vs = append(vs, d.Judge(all[i:i+160], p.Process(all[i:i+160])).Voice)
	}
	return vs
}

const lead = rate

func clip(x float64) int16 { return int16(max(-32000, min(32000, x))) }

// countFrom counts the frames of at least v from sample from on.
func countFrom(vs []Voice, from int, v Voice) (n int) {
	for _, j := range vs[from/160:] {
		if j >= v {
			n++
		}
	}
	return n
}

// reach returns after how many milliseconds from onset n frames were Clear,
// -1 if they never were.
func reach(vs []Voice, onset, n int) int {
	for i, j := range vs {
		if j == Clear {
			n--
		}
		if n == 0 {
			return (i*160 + 160 - lead - onset) / 8
		}
	}
	return -1
}

func TestSpeechIsClearSoon(t *testing.T) {
	for _, noise := range []float64{-90, -45, -35} {
		soon, total := 0, 0
		for _, voice := range []string{"slt", "rms", "awb", "kal16"} {
			for _, text := range []string{"when are you open", "no thank you", "yes", "I have a question"} {
				pcm, onset := spoken(t, voice, text)
				vs := judge(t, pcm, noise)
				total++
				if ms := reach(vs, onset, 6); ms >= 0 && ms <= 250 {
					soon++
				}
				// A third of the file at least is voiced; after it there is
				// silence again within 200 ms.
				if n := countFrom(vs, lead, Likely); n*160*10 < len(pcm)*3 {
					t.Errorf("%s %q at %v dBFS of noise: only %d of %d frames are speech", voice, text, noise, n, len(pcm)/160)
				}
				if n := countFrom(vs, lead+len(pcm)+1600, Likely); n > 0 {
					t.Errorf("%s %q at %v dBFS of noise: %d frames after the end are speech", voice, text, noise, n)
				}
			}
		}
		if soon*10 < total*8 {
			t.Errorf("noise %v dBFS: 120 ms of clear speech within 250 ms in %d of %d", noise, soon, total)
		}
	}
}

func TestBurstsAreNeverClear(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	brown := 0.0
	kinds := map[string]func(i int) float64{
		"white": func(int) float64 { return r.NormFloat64() },
		"brown": func(int) float64 { brown = 0.97*brown + 0.25*r.NormFloat64(); return brown },
		"cough": func(i int) float64 {
			brown = 0.7*brown + 0.7*r.NormFloat64()
			return brown * math.Exp(-float64(i)/800)
		},
	}
	for name, sound := range kinds {
		for _, amp := range []float64{1000, 5000, 15000} {
			for _, n := range []int{400, 2400} { // 50 and 300 ms
				for _, noise := range []float64{-90, -45} {
					pcm := make([]int16, n)
					for i := range pcm {
						pcm[i] = clip(amp * sound(i))
					}
					vs := judge(t, pcm, noise)
					if clear := countFrom(vs, 0, Clear); clear > 2 {
						t.Errorf("%s of %d samples at %v: %d clear frames", name, n, amp, clear)
					}
					if likely := countFrom(vs, lead, Likely); likely > n/160+3 {
						t.Errorf("%s of %d samples at %v: %d likely frames", name, n, amp, likely)
					}
				}
			}
		}
	}
}

func TestSteadyNoiseIsLearned(t *testing.T) {
	vs := judge(t, make([]int16, 10*rate), -30)
	if n := countFrom(vs, 3*rate, Likely); n > 5 {
		t.Errorf("%d frames of steady noise are speech", n)
	}
}

func TestJudgeDoesNotAllocate(t *testing.T) {
	d := New(Defaults(), rate)
	pcm := make([]int16, 160)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(float64(i)*2*math.Pi/53))
	}
	v := apm.Verdict{Voiced: [2]bool{true, true}, Level: -15}
	d.Judge(pcm, v)
	if j := d.Judge(pcm, v).Voice; j < Likely {
		t.Errorf("a tone of 151 Hz is %d, want Likely or more", j)
	}
	if n := testing.AllocsPerRun(100, func() { d.Judge(pcm, v) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestConfigIsChecked(t *testing.T) {
	Defaults().Validate(func(key, problem, _ string) { t.Error(key, problem) })
	n := 0
	Config{Likely: 0, Clear: 2, Stay: 1, Hum: 2, Floor: 0, Periodic: 2}.Validate(func(string, string, string) { n++ })
	if n != 6 {
		t.Errorf("%d problems, want 6", n)
	}
}

func BenchmarkJudge(b *testing.B) {
	d := New(Defaults(), rate)
	pcm := make([]int16, 160)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(float64(i)*2*math.Pi/53))
	}
	v := apm.Verdict{Voiced: [2]bool{true, true}, Level: -15}
	for b.Loop() {
		d.Judge(pcm, v)
	}
}
