package media

import (
	"fmt"
	"math"
	"testing"
)

// tone returns n samples of a sine, amplitude 16000.
func tone(rate int, hz float64, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(16000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return pcm
}

// level measures one frequency by Goertzel, in dB against tone's amplitude.
func level(pcm []int16, rate int, hz float64) float64 {
	w := 2 * math.Pi * hz / float64(rate)
	var re, im, norm float64
	for i, s := range pcm {
		hann := 1 - math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		re += hann * float64(s) * math.Cos(w*float64(i))
		im += hann * float64(s) * math.Sin(w*float64(i))
		norm += hann
	}
	return 20 * math.Log10(2*math.Hypot(re, im)/norm/16000+1e-9)
}

// resampleFrames runs src through in frames of 20 ms, as calls do.
func resampleFrames(t *testing.T, r *Resampler, from, to int, src []int16) []int16 {
	t.Helper()
	frame, out := FrameSize(from), make([]int16, FrameSize(to))
	var all []int16
	for len(src) >= frame {
		if n := r.Process(out, src[:frame]); n != len(out) {
			t.Fatalf("a frame of %d samples became %d, want %d", frame, n, len(out))
		}
		all, src = append(all, out...), src[frame:]
	}
	return all
}

func eachPair(t *testing.T, f func(t *testing.T, from, to int)) {
	for _, from := range Rates {
		for _, to := range Rates {
			t.Run(fmt.Sprintf("%d to %d", from, to), func(t *testing.T) { f(t, from, to) })
		}
	}
}

func TestResamplerKeepsThePassBand(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		lower := float64(min(from, to))
		for _, part := range []float64{0.0125, 0.125, 0.25, 0.36, 0.42} {
			r, err := NewResampler(from, to)
			if err != nil {
				t.Fatal(err)
			}
			hz := part * lower
			out := resampleFrames(t, r, from, to, tone(from, hz, from/5))
			if got := level(out[to/20:], to, hz); math.Abs(got) > 0.5 {
				t.Errorf("%.0f Hz comes out at %+.2f dB, want within 0.5", hz, got)
			}
		}
	})
}

func TestResamplerRejectsAliasesAndImages(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		for _, part := range []float64{0.2, 0.42, 0.58, 0.7, 0.9, 1.3} {
			hz := part * float64(min(from, to))
			if from == to || hz >= float64(from)/2 {
				continue
			}
			r, err := NewResampler(from, to)
			if err != nil {
				t.Fatal(err)
			}
			out := resampleFrames(t, r, from, to, tone(from, hz, from/5))[to/20:]
			if hz >= 0.58*float64(to) { // it must not fold back
				folded := math.Abs(hz - math.Round(hz/float64(to))*float64(to))
				if got := level(out, to, folded); got > -50 {
					t.Errorf("%.0f Hz folds to %.0f Hz at %.1f dB, want -50 or less", hz, folded, got)
				}
				continue
			}
			for image := float64(from) - hz; image < float64(to)/2; image += float64(from) {
				if got := level(out, to, image); got > -50 {
					t.Errorf("%.0f Hz has an image at %.0f Hz of %.1f dB, want -50 or less", hz, image, got)
				}
			}
		}
	})
}

func TestResamplerDelaysByAtMost4ms(t *testing.T) {
	eachPair(t, func(t *testing.T, from, to int) {
		r, err := NewResampler(from, to)
		if err != nil {
			t.Fatal(err)
		}
		src := make([]int16, from/10)
		at := from / 50
		for i := range from / 4000 { // a click as long as the lowest rate can carry
			src[at+i] = 10000
		}
		out := resampleFrames(t, r, from, to, src)
		peak := 0
		for i, s := range out {
			if s > out[peak] {
				peak = i
			}
		}
		ms := 1000*float64(peak)/float64(to) - 1000*float64(at)/float64(from)
		if ms < 0 || ms > 4 {
			t.Errorf("a click is delayed by %.2f ms, want at most 4", ms)
		}
	})
}

func TestResamplerDoesNotCareHowAudioIsCut(t *testing.T) {
	for _, pair := range [][2]int{{8000, 16000}, {16000, 8000}, {44100, 8000}, {8000, 44100}, {48000, 16000}, {24000, 16000}} {
		from, to := pair[0], pair[1]
		whole, _ := NewResampler(from, to)
		cut, _ := NewResampler(from, to)
		src := tone(from, 700, from/5)
		want := make([]int16, whole.OutLen(len(src)))
		want = want[:whole.Process(want, src)]

		var got []int16
		out := make([]int16, cut.OutLen(len(src)))
		for size := 1; len(src) > 0; size = size*5%997 + 1 {
			n := min(size, len(src))
			got = append(got, out[:cut.Process(out, src[:n])]...)
			src = src[n:]
		}
		if len(got) != len(want) {
			t.Fatalf("%v: %d samples in pieces, %d in one", pair, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%v: sample %d is %d in pieces, %d in one", pair, i, got[i], want[i])
			}
		}
	}
}

func TestResamplerSaturatesAndResets(t *testing.T) {
	r, _ := NewResampler(8000, 16000)
	square := make([]int16, 160)
	for i := range square {
		square[i] = 32767
		if i/3%2 == 1 {
			square[i] = -32768
		}
	}
	out := make([]int16, 320)
	r.Process(out, square)
	for i := 1; i < len(out); i++ { // overshoot that wraps would jump from rail to rail
		if d := int(out[i]) - int(out[i-1]); d > 60000 || d < -60000 {
			t.Fatalf("samples %d to %d jump by %d: wrapped instead of saturated", i-1, i, d)
		}
	}
	r.Reset()
	r.Process(out, make([]int16, 160))
	for i, s := range out {
		if s != 0 {
			t.Fatalf("sample %d is %d after Reset and silence, want 0", i, s)
		}
	}
}

func TestResamplerRefusesOddRates(t *testing.T) {
	for _, pair := range [][2]int{{11025, 8000}, {8000, 0}, {-8000, 16000}} {
		if _, err := NewResampler(pair[0], pair[1]); err == nil {
			t.Errorf("NewResampler(%d, %d) gave no error", pair[0], pair[1])
		}
	}
}

func TestResamplerDoesNotAllocate(t *testing.T) {
	for _, pair := range [][2]int{{8000, 16000}, {16000, 8000}, {44100, 8000}, {48000, 8000}} {
		r, _ := NewResampler(pair[0], pair[1])
		src, dst := make([]int16, FrameSize(pair[0])), make([]int16, FrameSize(pair[1]))
		if n := testing.AllocsPerRun(100, func() { r.Process(dst, src) }); n != 0 {
			t.Errorf("%v allocates %v times per frame", pair, n)
		}
	}
}

func BenchmarkResampler(b *testing.B) {
	for _, pair := range [][2]int{{8000, 16000}, {16000, 8000}, {48000, 8000}, {8000, 48000}, {48000, 16000}, {44100, 8000}, {24000, 16000}, {192000, 8000}} {
		b.Run(fmt.Sprintf("%dto%d", pair[0], pair[1]), func(b *testing.B) {
			r, _ := NewResampler(pair[0], pair[1])
			src, dst := tone(pair[0], 440, FrameSize(pair[0])), make([]int16, FrameSize(pair[1]))
			b.ReportAllocs()
			for b.Loop() {
				r.Process(dst, src)
			}
		})
	}
}
