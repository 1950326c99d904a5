package media_test

import (
	"testing"

	"parley/media"
)

func TestPumpCarriesBothWays(t *testing.T) {
	a := (&fake{rate: 8000, in: []media.Digit{{Tone: '1', Samples: 800}, {Tone: '2'}}}).say(100, 3)
	b := (&fake{rate: 8000, endless: true}).say(200, 2)
	p, err := media.NewPump(a, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	var clock media.Manual
	clock.Add(p)
	for range 3 {
		if clock.Step() != 1 {
			t.Fatal("the pump left early")
		}
	}
	select {
	case <-p.Done():
		t.Fatal("done before the end")
	default:
	}
	if clock.Step() != 0 {
		t.Fatal("the pump goes on after the end of a Stream")
	}
	<-p.Done()
	if len(b.heard) != 3 || b.heard[0][0] != 100 || b.heard[2][159] != 102 {
		t.Errorf("b heard %d frames", len(b.heard))
	}
	if len(a.heard) != 4 || a.heard[0][0] != 200 || a.heard[1][0] != 201 || a.heard[2] != nil {
		t.Errorf("a heard %d frames; the third must be nil, for a gap", len(a.heard))
	}
	if len(b.out) != 2 || b.out[0] != (media.Digit{Tone: '1', Samples: 800}) || b.out[1].Tone != '2' {
		t.Errorf("b got digits %v", b.out)
	}
}

func TestPumpStops(t *testing.T) {
	p, _ := media.NewPump(&fake{rate: 8000, endless: true}, &fake{rate: 8000, endless: true}, nil)
	var clock media.Manual
	clock.Add(p)
	clock.Step()
	p.Stop()
	if clock.Step() != 0 {
		t.Error("the pump goes on after Stop")
	}
	<-p.Done()
}

// double and half are the plainest resamplers; late is a double that holds
// its first frame back, as a filter does.
type (
	double struct{}
	half   struct{}
	late   struct{ held bool }
)

func (double) Process(dst, src []int16) int {
	for i, v := range src {
		dst[2*i], dst[2*i+1] = v, v
	}
	return 2 * len(src)
}

func (half) Process(dst, src []int16) int {
	for i := range len(src) / 2 {
		dst[i] = src[2*i]
	}
	return len(src) / 2
}

func (l *late) Process(dst, src []int16) int {
	n := double{}.Process(dst, src)
	if !l.held {
		l.held = true
		return n - 10
	}
	return n
}

func TestPumpResamples(t *testing.T) {
	a := (&fake{rate: 8000, in: []media.Digit{{Tone: '1', Samples: 800}}}).say(100, 4)
	b := (&fake{rate: 16000, endless: true}).say(200, 4)
	if _, err := media.NewPump(a, b, nil); err == nil {
		t.Error("different rates joined without a resampler")
	}
	p, err := media.NewPump(a, b, func(from, to int) media.Resampler {
		if from < to {
			return &late{}
		}
		return half{}
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		p.Tick(0)
	}
	if len(b.heard) != 4 || b.heard[0] != nil || len(b.heard[1]) != 320 || b.heard[1][309] != 100 || b.heard[1][310] != 101 {
		t.Errorf("b heard %d frames: a resampler's delay must not lose samples", len(b.heard))
	}
	if len(a.heard) < 4 || len(a.heard[0]) != 160 || a.heard[0][0] != 200 {
		t.Errorf("a heard %d frames", len(a.heard))
	}
	if len(b.out) != 1 || b.out[0].Samples != 1600 {
		t.Errorf("digits %v, want 1600 samples", b.out)
	}
}

func TestPumpDoesNotAllocate(t *testing.T) {
	p, _ := media.NewPump(&silence{}, &silence{}, nil)
	if n := testing.AllocsPerRun(100, func() { p.Tick(0) }); n != 0 {
		t.Errorf("%v allocations per tick", n)
	}
}
