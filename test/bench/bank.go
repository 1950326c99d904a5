package main

import (
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// bank drives phones, each every 20 ms, spread over the milliseconds, from one
// thread that the kernel wakes.
type bank struct {
	mu    sync.Mutex
	slots [20][]ticking
	next  int
	late  spread // of our own sends, ms; while measuring
	keep  bool
	stop  chan struct{}
	done  chan struct{}
}

type ticking interface{ tick() }

func newBank() *bank {
	b := &bank{stop: make(chan struct{}), done: make(chan struct{})}
	go b.run()
	return b
}

func (b *bank) add(p ticking) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slots[b.next] = append(b.slots[b.next], p)
	b.next = (b.next + 7) % len(b.slots)
}

// remove takes p off; it is not ticked any more when remove returns.
func (b *bank) remove(p ticking) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, slot := range b.slots {
		for j, q := range slot {
			if q == p {
				b.slots[i] = append(slot[:j:j], slot[j+1:]...)
				return
			}
		}
	}
}

// measure begins or ends the keeping of our own lateness.
func (b *bank) measure(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keep = on
}

func (b *bank) close() spread {
	close(b.stop)
	<-b.done
	return b.late
}

func (b *bank) run() {
	runtime.LockOSThread()
	defer close(b.done)
	begin := monotonic()
	for k := 0; ; k++ {
		due := begin + int64(k)*int64(time.Millisecond)
		sleepUntil(due)
		select {
		case <-b.stop:
			return
		default:
		}
		b.mu.Lock()
		for _, p := range b.slots[k%len(b.slots)] {
			if b.keep {
				b.late = append(b.late, float64(monotonic()-due)/1e6)
			}
			p.tick()
		}
		b.mu.Unlock()
	}
}

// monotonic is the kernel's CLOCK_MONOTONIC in nanoseconds.
func monotonic() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}

// sleepUntil sleeps until a time of CLOCK_MONOTONIC.
func sleepUntil(due int64) {
	t := unix.NsecToTimespec(due)
	for monotonic() < due {
		_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &t, nil)
	}
}
