package media_test

import (
	"sync"
	"testing"

	"parley/media"
)

func TestSwitchExchangesItsStream(t *testing.T) {
	a, b := (&fake{rate: 8000}).say(100, 2), (&fake{rate: 8000, endless: true}).say(200, 1)
	s := media.NewSwitch(8000)
	pcm := make([]int16, 160)
	read := func(mark media.Mark, v int16) {
		t.Helper()
		pcm[0], pcm[159] = 0x5555, 0x5555
		if got := s.ReadFrame(pcm); got != mark || pcm[0] != v || pcm[159] != v {
			t.Fatalf("%s of %d, want %s of %d", got, pcm[0], mark, v)
		}
	}
	read(media.Gap, 0) // nothing there yet
	if s.WriteFrame(pcm); s.WriteDigit(media.Digit{Tone: '1'}) {
		t.Error("nothing took a digit")
	}
	set(t, s, a)
	read(media.Heard, 100)
	s.WriteFrame(flat(8000, 1))
	set(t, s, b)
	b.in = []media.Digit{{Tone: '7'}}
	read(media.Heard, 200)
	s.WriteFrame(flat(8000, 2))
	if d, ok := s.ReadDigit(); !ok || d.Tone != '7' || !s.WriteDigit(media.Digit{Tone: '8'}) {
		t.Errorf("digit %v %v, want 7, and 8 taken", d, ok)
	}
	set(t, s, a)
	read(media.Heard, 101)
	read(media.Gap, 0) // a has ended, the call has not
	set(t, s, nil)
	read(media.Gap, 0)
	set(t, s, b)
	if s.Beneath() != media.Stream(b) {
		t.Error("b is not beneath")
	}
	read(media.Gap, 0)
	s.Close()
	read(media.End, 0)
	set(t, s, b)
	read(media.End, 0)
	if len(a.heard) != 1 || len(b.heard) != 1 || a.heard[0][0] != 1 || b.heard[0][0] != 2 || len(b.out) != 1 {
		t.Errorf("a heard %d frames, b %d and %d digits; want one each", len(a.heard), len(b.heard), len(b.out))
	}
	if s.Set(&fake{rate: 16000}) == nil {
		t.Error("a stream of another rate was taken")
	}
}

func set(t *testing.T, s *media.Switch, to media.Stream) {
	t.Helper()
	if err := s.Set(to); err != nil {
		t.Fatal(err)
	}
}

// TestSwitchLetsGo: what was exchanged is not touched afterwards; the race
// detector would see it, since frames of this kind have no lock.
func TestSwitchLetsGo(t *testing.T) {
	s := media.NewSwitch(8000)
	pcm := make([]int16, 160)
	var ticks sync.WaitGroup
	stop := make(chan struct{})
	ticks.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				s.ReadFrame(pcm)
				s.WriteFrame(pcm)
			}
		}
	})
	for range 200 {
		f := &fake{rate: 8000, endless: true}
		set(t, s, f)
		set(t, s, nil)
		f.heard = nil
	}
	close(stop)
	ticks.Wait()
}

func TestSwitchDoesNotAllocate(t *testing.T) {
	s := media.NewSwitch(8000)
	streams := [2]media.Stream{&silence{}, &silence{}}
	pcm, n := make([]int16, 160), 0
	if allocs := testing.AllocsPerRun(100, func() {
		_ = s.Set(streams[n%2])
		n++
		s.ReadFrame(pcm)
		s.WriteFrame(pcm)
		s.ReadDigit()
	}); allocs != 0 {
		t.Errorf("%v allocations per tick", allocs)
	}
}
