package tone

import (
	"math"
	"testing"
	"time"
)

// power is how strong hz is in pcm, in dBm0 (Goertzel).
func power(pcm []int16, hz float64, rate int) float64 {
	var re, im float64
	for i, v := range pcm {
		at := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(v) * math.Cos(at)
		im += float64(v) * math.Sin(at)
	}
	amplitude := 2 * math.Hypot(re, im) / float64(len(pcm)) / math.MaxInt16
	return 20*math.Log10(amplitude+1e-9) + 3.17
}

func TestEveryTonePlaysItsCadence(t *testing.T) {
	for country, plan := range plans {
		for k := range kinds {
			for _, rate := range []int{8000, 16000} {
				p, err := NewProgress(country, k, rate)
				if err != nil {
					t.Fatal(err)
				}
				for round := range 2 {
					for i, s := range plan[k] {
						pcm := make([]int16, int(s.length*time.Duration(rate)/time.Second))
						p.Fill(pcm)
						checkSegment(t, pcm, s, rate)
						if t.Failed() {
							t.Fatalf("%s %s at %d Hz, round %d, segment %d", country, k, rate, round, i)
						}
					}
				}
			}
		}
	}
}

func checkSegment(t *testing.T, pcm []int16, s segment, rate int) {
	for _, hz := range s.hz {
		if hz == 0 {
			continue
		}
		if got := power(pcm, hz, rate); math.Abs(got-level) > 1 {
			t.Errorf("%v Hz at %.1f dBm0, want %d", hz, got, level)
		}
		if got := power(pcm, hz*1.5, rate); got > level-20 {
			t.Errorf("%v Hz at %.1f dBm0, want none", hz*1.5, got)
		}
	}
	if s.hz[0] == 0 {
		for _, v := range pcm {
			if v != 0 {
				t.Errorf("a pause holds %d", v)
				return
			}
		}
	}
}

func TestTonesComeInPieces(t *testing.T) {
	whole, _ := NewProgress("us", Busy, 8000)
	parts, _ := NewProgress("us", Busy, 8000)
	want, got := make([]int16, 16000), make([]int16, 16000)
	whole.Fill(want)
	for at := 0; at < len(got); at += 160 {
		parts.Fill(got[at : at+160])
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("sample %d is %d in frames, %d in one piece", i, got[i], want[i])
		}
	}
}

func TestUnknownCountry(t *testing.T) {
	if _, err := NewProgress("atlantis", Busy, 8000); err == nil {
		t.Error("a country that is none has a tone")
	}
	if got := Countries(); len(got) != len(plans) || got[0] != "de" {
		t.Errorf("countries %v", got)
	}
}

func TestDigits(t *testing.T) {
	var d Digit
	for row, keysOfRow := range []string{"123A", "456B", "789C", "*0#D"} {
		for column := range keysOfRow {
			if !d.Press(keysOfRow[column], 800, 8000) {
				t.Fatalf("%c is no digit", keysOfRow[column])
			}
			pcm := make([]int16, 800)
			d.Fill(pcm)
			for i := range 4 {
				want := map[bool]float64{true: rowLevel, false: -200}[i == row]
				if got := power(pcm, rows[i], 8000); math.Abs(got-want) > 1 && (i == row || got > -25) {
					t.Errorf("%c: %v Hz at %.1f dBm0, want %v", keysOfRow[column], rows[i], got, want)
				}
				want = map[bool]float64{true: columnLevel, false: -200}[i == column]
				if got := power(pcm, columns[i], 8000); math.Abs(got-want) > 1 && (i == column || got > -25) {
					t.Errorf("%c: %v Hz at %.1f dBm0, want %v", keysOfRow[column], columns[i], got, want)
				}
			}
			if d.Sounding() {
				t.Error("it still sounds after its length")
			}
			pcm[0] = 1
			if d.Fill(pcm); pcm[0] != 0 {
				t.Error("after its end it is not silent")
			}
		}
	}
	if d.Press('x', 800, 8000) {
		t.Error("x is a digit")
	}
}

func TestTonesDoNotAllocate(t *testing.T) {
	p, _ := NewProgress("uk", Congestion, 8000)
	var d Digit
	pcm := make([]int16, 160)
	if n := testing.AllocsPerRun(200, func() {
		p.Fill(pcm)
		d.Press('5', 400, 8000)
		d.Fill(pcm)
	}); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func BenchmarkProgress(b *testing.B) {
	p, _ := NewProgress("us", Ringback, 8000)
	pcm := make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() {
		p.Fill(pcm)
	}
}
