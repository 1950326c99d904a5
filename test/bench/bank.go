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

	stillMu sync.Mutex // apart: phones ask with their own lock held
	still   []span     // when we stood still
}

// span is a stretch of CLOCK_REALTIME, in nanoseconds.
type span struct{ from, to int64 }

// stillness is how late the bank must be to have stood still: a caller who
// stutters is not the caller that was to be measured.
const stillness = 15 * time.Millisecond

// steady tells whether the bank was on time from a time to another.
func (b *bank) steady(from, to int64) bool {
	b.stillMu.Lock()
	defer b.stillMu.Unlock()
	for _, s := range b.still {
		if s.from < to && s.to > from {
			return false
		}
	}
	return true
}

// stalled is how often the bank stood still.
func (b *bank) stalled() int {
	b.stillMu.Lock()
	defer b.stillMu.Unlock()
	return len(b.still)
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

// measure begins the keeping of our own lateness.
func (b *bank) measure() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keep = true
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
		if late := monotonic() - due; late > int64(stillness) {
			b.stoodStill(late)
		}
		for _, p := range b.slots[k%len(b.slots)] {
			if b.keep {
				b.late = append(b.late, float64(monotonic()-due)/1e6)
			}
			p.tick()
		}
		b.mu.Unlock()
	}
}

// stoodStill notes that we are late by so much, once for one stall.
func (b *bank) stoodStill(late int64) {
	now := time.Now().UnixNano()
	b.stillMu.Lock()
	defer b.stillMu.Unlock()
	if n := len(b.still); n > 0 && b.still[n-1].to >= now-late {
		b.still[n-1].to = now
		return
	}
	b.still = append(b.still, span{now - late, now})
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
