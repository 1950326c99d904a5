package media_test

import (
	"testing"
	"time"

	"parley/media"
)

// halves notes when its halves are called.
type halves struct {
	ticks, lates []time.Duration
	left         int
	done         chan struct{}
}

func (h *halves) Tick(now time.Duration) bool {
	h.ticks = append(h.ticks, now)
	if h.left--; h.left == 0 {
		close(h.done)
		return false
	}
	return true
}

func (h *halves) Late(now time.Duration) { h.lates = append(h.lates, now) }

// TestTheSecondHalfFollowsTheFirst: by the planned times, whatever the machine
// does; and not after a Tick that was the last.
func TestTheSecondHalfFollowsTheFirst(t *testing.T) {
	w := media.NewWheel(1)
	var all []*halves
	for i := range 25 {
		h := &halves{left: 4 + i%3, done: make(chan struct{})}
		all = append(all, h)
		w.Add(h)
	}
	for _, h := range all {
		<-h.done
	}
	w.Close()
	for i, h := range all {
		if len(h.lates) != len(h.ticks)-1 {
			t.Fatalf("ticker %d: %d ticks and %d second halves", i, len(h.ticks), len(h.lates))
		}
		for j, at := range h.lates {
			// A machine that stands still costs whole frames.
			if by := at - h.ticks[j]; by < media.LateBy || by%media.FrameTime != media.LateBy {
				t.Errorf("ticker %d: the second half of tick %d is %v after it, want %v", i, j, by, media.LateBy)
			}
		}
	}
}
