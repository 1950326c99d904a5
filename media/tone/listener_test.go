package tone

import (
	"math"
	"math/rand/v2"
	"testing"
)

// hum is a frame-aligned second of tones in noise, so many dB below them.
func hum(rate int, snr float64, hz ...float64) []int16 {
	d := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, rate)
	noise := math.Pow(10, -snr/20) / math.Sqrt2
	for i := range pcm {
		v := noise * d.NormFloat64()
		for _, f := range hz {
			v += math.Sin(2*math.Pi*f*float64(i)/float64(rate)) / math.Sqrt(float64(len(hz)))
		}
		pcm[i] = int16(6000 * v)
	}
	return pcm
}

func TestListenerHearsTones(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for _, want := range [][]float64{{350}, {425}, {950}, {1000}, {1400}, {2100}, {2500}, {480, 620}, {440, 620}, {697, 1336}} {
			l, size := NewListener(rate), rate/50
			pcm := hum(rate, 15, want...)
			for at := 0; at+size <= len(pcm); at += size {
				s := l.Listen(pcm[at : at+size])
				if at < 3*size {
					continue
				}
				for i, hz := range want {
					if math.Abs(s.Hz[i]-hz) > 12 {
						t.Fatalf("%v at %d Hz is heard as %+v", want, rate, s)
					}
				}
				if s.Single() != (len(want) == 1) {
					t.Fatalf("%v is heard as %+v", want, s)
				}
			}
		}
	}
}

func TestListenerHearsNoToneInNoise(t *testing.T) {
	l := NewListener(8000)
	d, found := rand.New(rand.NewPCG(3, 4)), 0
	pcm := make([]int16, 160)
	for range 2000 {
		for i := range pcm {
			pcm[i] = int16(2000 * d.NormFloat64())
		}
		if s := l.Listen(pcm); s.Hz[0] != 0 {
			found++
		}
	}
	if found > 0 {
		t.Errorf("%d frames of noise are tones", found)
	}
	clear(pcm)
	for range 3 {
		if s := l.Listen(pcm); s.Hz[0] != 0 || s.Level > quiet {
			t.Errorf("silence is %+v", s)
		}
	}
}

func TestListenerDoesNotAllocate(t *testing.T) {
	l, pcm := NewListener(8000), hum(8000, 20, 1000)[:160]
	if n := testing.AllocsPerRun(200, func() { l.Listen(pcm) }); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func BenchmarkListener(b *testing.B) {
	l, pcm := NewListener(8000), hum(8000, 20, 480, 620)[:160]
	b.ReportAllocs()
	for b.Loop() {
		l.Listen(pcm)
	}
}
