package media_test

import (
	"testing"

	"parley/media"
)

func TestEchoPlaysBackAndEnds(t *testing.T) {
	f := (&fake{rate: 8000, in: []media.Digit{{Tone: '5', Samples: 800}}}).say(100, 3)
	e := media.NewEcho(f)
	for range 3 {
		if !e.Tick(0) {
			t.Fatal("the echo ends too soon")
		}
	}
	if e.Tick(0) {
		t.Error("the echo outlives its party")
	}
	<-e.Done()
	if len(f.heard) != 3 || f.heard[2][0] != 102 || len(f.out) != 1 || f.out[0].Tone != '5' {
		t.Errorf("heard %d frames, digits %v", len(f.heard), f.out)
	}
	stopped := media.NewEcho((&fake{rate: 8000}).say(1, 3))
	stopped.Stop()
	if stopped.Tick(0) {
		t.Error("the echo goes on after Stop")
	}
}
