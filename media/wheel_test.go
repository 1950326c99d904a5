package media

import (
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// tickFunc is a function as a Ticker.
type tickFunc func(now time.Duration) bool

func (f tickFunc) Tick(now time.Duration) bool { return f(now) }

// inVirtualTime runs f with a Wheel in virtual time.
func inVirtualTime(t *testing.T, shards int, f func(t *testing.T, w *Wheel)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWheel(shards, func() sleeper { return runtimeSleeper{} })
		defer w.Close()
		f(t, w)
	})
}

// pass lets time pass until nothing happens any more at its end.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestTicksAreAFrameApart(t *testing.T) {
	inVirtualTime(t, 1, func(t *testing.T, w *Wheel) {
		time.Sleep(12345 * time.Microsecond) // an idle shard has let time pass
		added := w.Now()
		var ticks []time.Duration
		w.Add(tickFunc(func(now time.Duration) bool {
			if late := w.Now() - now; late != 0 {
				t.Errorf("tick of %s came %s late", now, late)
			}
			ticks = append(ticks, now)
			return len(ticks) < 50
		}))
		pass(2 * time.Second)
		if len(ticks) != 50 {
			t.Fatalf("%d ticks, want 50", len(ticks))
		}
		if wait := ticks[0] - added; wait < 0 || wait > FrameTime {
			t.Errorf("the first tick came after %s", wait)
		}
		for i := 1; i < len(ticks); i++ {
			if d := ticks[i] - ticks[i-1]; d != FrameTime {
				t.Errorf("tick %d is %s after the one before", i, d)
			}
		}
	})
}

func TestTickersAreStaggered(t *testing.T) {
	inVirtualTime(t, 2, func(t *testing.T, w *Wheel) {
		at := make([]time.Duration, 40)
		for i := range at {
			w.Add(tickFunc(func(now time.Duration) bool { at[i] = now; return true }))
			time.Sleep(7 * time.Millisecond)
		}
		pass(FrameTime)
		w.Close()
		for _, s := range w.shards {
			if got := s.load.Load(); got != 20 {
				t.Errorf("a shard has %d of 40 Tickers on two shards", got)
			}
		}
		slots := make(map[time.Duration]int)
		for _, now := range at {
			slots[now%FrameTime]++
		}
		if len(slots) != slotsPerFrame {
			t.Errorf("%d slots used, want %d: %v", len(slots), slotsPerFrame, slots)
		}
	})
}

func TestNewTickerIsServedWithinAFrame(t *testing.T) {
	inVirtualTime(t, 1, func(t *testing.T, w *Wheel) {
		w.Add(tickFunc(func(time.Duration) bool { return true })) // the shard naps between its ticks
		for i := range 97 {
			added := w.Now()
			w.Add(tickFunc(func(now time.Duration) bool {
				if now < added || now > added+FrameTime {
					t.Errorf("Ticker %d, added at %s, first ticks at %s", i, added, now)
				}
				return false
			}))
			time.Sleep(1300 * time.Microsecond)
		}
	})
}

func TestPanickingTickerIsDropped(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	inVirtualTime(t, 1, func(t *testing.T, w *Wheel) {
		var bad, good int
		for range 20 {
			w.Add(tickFunc(func(time.Duration) bool { good++; return true }))
			w.Add(tickFunc(func(time.Duration) bool { bad++; panic("broken") }))
		}
		pass(time.Second + slotTime)
		w.Close()
		if bad != 20 {
			t.Errorf("the broken 20 ticked %d times", bad)
		}
		if good < 20*49 {
			t.Errorf("the others ticked %d times, want at least 980", good)
		}
		if n := w.shards[0].load.Load(); n != 20 {
			t.Errorf("%d Tickers counted, want 20", n)
		}
	})
}

func TestStallIsMadeUpForWithinBounds(t *testing.T) {
	for stall, missed := range map[time.Duration]int{45 * time.Millisecond: 0, 90 * time.Millisecond: 0, time.Second: 45} {
		inVirtualTime(t, 1, func(t *testing.T, w *Wheel) {
			var ticks, met []time.Duration
			w.Add(tickFunc(func(now time.Duration) bool {
				ticks, met = append(ticks, now), append(met, w.Now())
				if len(ticks) == 10 {
					time.Sleep(stall)
				}
				return len(ticks) < 60
			}))
			pass(5 * time.Second)
			burst, left := 0, 0
			for i := 1; i < len(ticks); i++ {
				d := ticks[i] - ticks[i-1]
				if d%FrameTime != 0 || d <= 0 {
					t.Fatalf("tick %d is %s after the one before", i, d)
				}
				left += int(d/FrameTime) - 1
				if i > 10 && met[i] == met[10] {
					burst++
				}
			}
			if burst >= maxBurst+1 {
				t.Errorf("after %s, %d ticks came at once", stall, burst+1)
			}
			if left < missed || missed == 0 && left != 0 {
				t.Errorf("after %s, %d ticks were left out, want %d", stall, left, missed)
			}
			if late := met[len(met)-1] - ticks[len(ticks)-1]; late > 0 {
				t.Errorf("after %s, the clock stays %s behind", stall, late)
			}
		})
	}
}

func TestTickerMayAddAnother(t *testing.T) {
	inVirtualTime(t, 1, func(t *testing.T, w *Wheel) {
		var second atomic.Int32
		w.Add(tickFunc(func(time.Duration) bool {
			w.Add(tickFunc(func(time.Duration) bool { second.Add(1); return false }))
			return false
		}))
		pass(3 * FrameTime)
		if second.Load() != 1 {
			t.Errorf("the second ticked %d times", second.Load())
		}
	})
}

// The real thing, in real time: it ticks in order, and Close leaves nothing.
func TestWheelRunsAndCloses(t *testing.T) {
	defer goleak.VerifyNone(t)
	w := NewWheel(2)
	ticks := make(chan time.Duration, 5)
	n := 0
	w.Add(tickFunc(func(now time.Duration) bool {
		ticks <- now
		n++
		return n < cap(ticks)
	}))
	var got []time.Duration
	for range cap(ticks) {
		got = append(got, <-ticks)
	}
	w.Close()
	w.Add(tickFunc(func(time.Duration) bool { t.Error("a tick after Close"); return false }))
	if !slices.IsSorted(got) {
		t.Errorf("ticks %v are out of order", got)
	}
}
