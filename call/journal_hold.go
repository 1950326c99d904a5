package call

import (
	"sync"
	"time"
)

// Hold lets the journal's end wait for one who still writes: the voice side
// learns that the call is over from the wire, later than the call side.
func (j *Journal) Hold() (release func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.held++; j.held == 1 {
		j.free = make(chan struct{})
	}
	return sync.OnceFunc(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.held--; j.held == 0 {
			close(j.free)
			j.free = nil
		}
	})
}

// Settle returns when nobody holds the journal, or after a time.
func (j *Journal) Settle(within time.Duration) {
	j.mu.Lock()
	free := j.free
	j.mu.Unlock()
	if free == nil {
		return
	}
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-free:
	case <-late.C:
	}
}
