package media_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"parley/media"
)

func TestPortReadsAndWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := (&fake{rate: 8000, in: []media.Digit{{Tone: '7'}}}).say(1, 10)
		p := media.NewPort(f)
		var clock media.Manual
		clock.Add(p)
		var got []int
		ctx := t.Context()
		go func() {
			pcm := make([]int16, 160)
			for {
				mark, err := p.Read(ctx, pcm)
				if err != nil {
					if !errors.Is(err, io.EOF) || mark != media.End {
						t.Errorf("the end is %s, %v", mark, err)
					}
					return
				}
				got = append(got, int(pcm[159]))
			}
		}()
		written := 0
		go func() {
			for i := range 100 {
				if err := p.Write(ctx, flat(8000, 50+i)); err != nil {
					if !errors.Is(err, io.ErrClosedPipe) {
						t.Errorf("Write: %v", err)
					}
					return
				}
				written++
			}
		}()
		synctest.Wait()
		if written != 5 {
			t.Errorf("a writer is %d frames ahead, want 5", written)
		}
		if err := p.Press(media.Digit{Tone: '#'}); err != nil {
			t.Error(err)
		}
		for clock.Step() > 0 {
			synctest.Wait()
		}
		synctest.Wait()
		equal(t, "read", got, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
		for i, pcm := range f.heard {
			if pcm[0] != int16(50+i) {
				t.Errorf("frame %d written is %d", i, pcm[0])
			}
		}
		if len(f.heard) != 10 || written != 15 {
			t.Errorf("%d frames went out and %d were written, want 10 and 15", len(f.heard), written)
		}
		if d := <-p.Digits(); d.Tone != '7' {
			t.Errorf("digit %c", d.Tone)
		}
		if len(f.out) != 1 || f.out[0].Tone != '#' {
			t.Errorf("digits out %v", f.out)
		}
	})
}

func TestPortKeepsTheNewestForASlowReader(t *testing.T) {
	p := media.NewPort((&fake{rate: 8000, endless: true}).say(1, 40))
	for range 40 {
		p.Tick(0)
	}
	pcm := make([]int16, 160)
	if _, err := p.Read(t.Context(), pcm); err != nil || pcm[0] != 16 {
		t.Errorf("the first of the last 25 is %d, %v", pcm[0], err)
	}
	if p.Dropped() != 15 {
		t.Errorf("%d frames dropped, want 15", p.Dropped())
	}
}

func TestPortWaitsNoLongerThanItsContext(t *testing.T) {
	p := media.NewPort(&fake{rate: 8000, endless: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pcm := make([]int16, 160)
	if _, err := p.Read(ctx, pcm); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
	for range 6 {
		if err := p.Write(ctx, pcm); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Write: %v", err)
		}
	}
	p.Stop()
	if p.Tick(0) {
		t.Error("a stopped Port stays on the clock")
	}
	if _, err := p.Read(t.Context(), pcm); !errors.Is(err, io.EOF) {
		t.Errorf("Read after Stop: %v", err)
	}
}

func TestPortDoesNotAllocate(t *testing.T) {
	p := media.NewPort(&silence{})
	if n := testing.AllocsPerRun(100, func() { p.Tick(0) }); n != 0 {
		t.Errorf("%v allocations per tick", n)
	}
}
