package media_test

import (
	"testing"

	"parley/media"
)

func TestPumpCarriesBothWays(t *testing.T) {
	a := (&fake{rate: 8000, in: []media.Digit{{Tone: '1', Samples: 800}, {Tone: '2'}}}).say(100, 3)
	b := (&fake{rate: 8000, endless: true}).say(200, 2)
	p, err := media.NewPump(a, b)
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
	p, _ := media.NewPump(&fake{rate: 8000, endless: true}, &fake{rate: 8000, endless: true})
	var clock media.Manual
	clock.Add(p)
	clock.Step()
	p.Stop()
	if clock.Step() != 0 {
		t.Error("the pump goes on after Stop")
	}
	<-p.Done()
}

func TestPumpResamples(t *testing.T) {
	a := (&fake{rate: 8000, in: []media.Digit{{Tone: '1', Samples: 800}}}).say(1000, 10)
	b := (&fake{rate: 16000, endless: true}).say(2000, 10)
	if _, err := media.NewPump(a, &fake{rate: 11}); err == nil {
		t.Error("a rate that cannot be converted was joined")
	}
	p, err := media.NewPump(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for range 9 {
		p.Tick(0)
	}
	// Constant levels stay what they are once the filter has filled.
	if last := b.heard[len(b.heard)-1]; len(last) != 320 || last[160] < 950 || last[160] > 1050 {
		t.Errorf("b heard %d samples of %d, want 320 of 1000", len(last), last[160])
	}
	if last := a.heard[len(a.heard)-1]; len(last) != 160 || last[80] < 1900 || last[80] > 2100 {
		t.Errorf("a heard %d samples of %d, want 160 of 2000", len(last), last[80])
	}
	if len(b.out) != 1 || b.out[0].Samples != 1600 {
		t.Errorf("digits %v, want 1600 samples", b.out)
	}
}

func TestPumpDoesNotAllocate(t *testing.T) {
	p, _ := media.NewPump(&silence{}, &silence{})
	if n := testing.AllocsPerRun(100, func() { p.Tick(0) }); n != 0 {
		t.Errorf("%v allocations per tick", n)
	}
}
