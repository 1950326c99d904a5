package media_test

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/media"
)

// latecomer notes how late its ticks are.
type latecomer struct {
	clock media.Clock
	late  []time.Duration
	done  *sync.WaitGroup
	work  func()
}

func (l *latecomer) Tick(now time.Duration) bool {
	l.late = append(l.late, l.clock.Now()-now)
	l.work()
	if len(l.late) < cap(l.late) {
		return true
	}
	l.done.Done()
	return false
}

// BenchmarkWheel gives the lateness of ticks with 100 calls of some 20 µs of
// work each, alone and beside goroutines that compute without end.
func BenchmarkWheel(b *testing.B) {
	b.Run("alone", lateness)
	b.Run("busy", func(b *testing.B) {
		stop := make(chan struct{})
		for range runtime.NumCPU() {
			go func() {
				for kept := [][]byte{}; ; kept = append(kept[len(kept)/1000:], make([]byte, 200)) {
					select {
					case <-stop:
						return
					default:
					}
				}
			}()
		}
		lateness(b)
		close(stop)
	})
}

func lateness(b *testing.B) {
	const calls, ticks = 100, 100
	pcm, wire := make([]int16, 160), make([]byte, 320)
	work := func() {
		for range 150 {
			media.PCMA.Decode(pcm, wire[:media.PCMA.Encode(wire, pcm)])
		}
	}
	for b.Loop() {
		clock := media.NewWheel(0)
		var done sync.WaitGroup
		all := make([]*latecomer, calls)
		for i := range all {
			all[i] = &latecomer{clock: clock, late: make([]time.Duration, 0, ticks), done: &done, work: work}
			done.Add(1)
			clock.Add(all[i])
		}
		done.Wait()
		clock.Close()
		var late []time.Duration
		for _, l := range all {
			late = append(late, l.late...)
		}
		slices.Sort(late)
		b.ReportMetric(float64(late[len(late)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(late[len(late)*999/1000].Microseconds()), "p99.9-µs")
		b.ReportMetric(float64(late[len(late)-1].Microseconds()), "max-µs")
	}
}
