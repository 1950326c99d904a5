package echo

import (
	"math"
	"math/rand/v2"
	"testing"
)

const rate, size = 8000, 160

// voice is a sound like speech: noise through a resonance, in syllables.
func voice(seed uint64, seconds float64) []int16 {
	r := rand.New(rand.NewPCG(seed, 1))
	n := int(seconds * rate)
	pcm := make([]int16, n)
	var y1, y2 float64
	formant := 300.0
	for i := range pcm {
		if i%1600 == 0 {
			formant = 200 + 500*r.Float64()
		}
		w := 2 * math.Pi * formant / rate
		y := r.NormFloat64() + 1.5*math.Cos(w)*y1 - 0.6*y2
		y1, y2 = y, y1
		syllable := math.Max(0, math.Sin(float64(i)*2*math.Pi*4/rate)+0.3)
		pcm[i] = int16(math.Max(-30000, math.Min(30000, 3000*y*syllable)))
	}
	return pcm
}

// run compares a call: what comes is the robot, delayed and lower by dB, and own.
func run(j *Judge, robot, own []int16, delay int, db float64, each func(i int, v Verdict)) {
	gain := math.Pow(10, -db/20)
	r := rand.New(rand.NewPCG(9, 9))
	heard := make([]int16, size)
	for i := 0; (i+2)*size <= len(robot); i++ {
		for k := range heard {
			at := (i+1)*size + k - delay
			x := 10 * r.NormFloat64()
			if at >= 0 {
				x += gain * float64(robot[at])
			}
			if n := i*size + k; n < len(own) {
				x += float64(own[n])
			}
			heard[k] = int16(math.Max(-32000, math.Min(32000, x)))
		}
		each(i, j.Compare(heard, robot[i*size:(i+1)*size]))
	}
}

func TestAnEchoIsKnownForWhatItIs(t *testing.T) {
	for _, delay := range []int{240, 960, 2400} { // 30, 120 and 300 ms
		for _, db := range []float64{10, 20, 30} {
			known, told, right := -1, 0, 0
			run(New(rate), voice(1, 6), nil, delay, db, func(i int, v Verdict) {
				if v.Echo && known < 0 {
					known = i
				}
				if v.Echo && i > 50 {
					told++
					if v.Own < 0.5 {
						right++
					}
				}
			})
			if known < 0 || known*20-delay/8 > 500 {
				t.Errorf("%d ms, %v dB: the echo is known after %d ms", delay/8, db, known*20)
			}
			if told < 150 || right*100 < told*93 {
				t.Errorf("%d ms, %v dB: %d of %d frames are called echo", delay/8, db, right, told)
			}
		}
	}
}

func TestThePartysOwnVoiceStandsOut(t *testing.T) {
	own := append(make([]int16, 3*rate), voice(2, 2)...)
	loud, right := 0, 0
	run(New(rate), voice(1, 6), own, 960, 20, func(i int, v Verdict) {
		at := (i + 1) * size
		if at < 3*rate+1600 || at+size > len(own) {
			return
		}
		sum := 0.0
		for _, s := range own[at-size : at] {
			sum += float64(s) * float64(s)
		}
		if math.Sqrt(sum/size) < 2500 {
			return
		}
		loud++
		if !v.Echo || v.Own > 0.5 && v.Over > 5 {
			right++
		}
	})
	if loud < 30 || right*100 < loud*90 {
		t.Errorf("%d of %d loud frames over an echo are called the party's own", right, loud)
	}
}

func TestWithoutAnEchoNothingIsOne(t *testing.T) {
	run(New(rate), voice(1, 8), voice(2, 8), 1<<30, 0, func(i int, v Verdict) {
		if v.Echo && v.Own < 0.5 {
			t.Errorf("frame %d of two who speak at once is called an echo: %+v", i, v)
		}
	})
}

func TestAHumIsLikeItselfAtAnyDelay(t *testing.T) {
	hum := make([]int16, 6*rate)
	for i := range hum {
		hum[i] = int16(8000 * math.Sin(2*math.Pi*150*float64(i)/rate))
	}
	run(New(rate), hum, hum, 1<<30, 0, func(i int, v Verdict) {
		if v.Echo {
			t.Fatalf("frame %d: a hum on both sides is called an echo", i)
		}
	})
}

func TestWidebandAndNoAllocation(t *testing.T) {
	j := New(16000)
	heard, played := make([]int16, 320), make([]int16, 320)
	for i := range played {
		played[i] = int16(3000 * math.Sin(float64(i)/5))
	}
	if n := testing.AllocsPerRun(100, func() { j.Compare(heard, played) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkCompare(b *testing.B) {
	j, robot := New(rate), voice(1, 2)
	i := 0
	for b.Loop() {
		at := i % 90 * size
		j.Compare(robot[at:at+size], robot[at+size:at+2*size])
		i++
	}
}

func BenchmarkCompareWhileTheRobotIsSilent(b *testing.B) {
	j, heard, played := New(rate), voice(1, 1), make([]int16, size)
	for b.Loop() {
		j.Compare(heard[:size], played)
	}
}
