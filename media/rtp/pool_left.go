package rtp

import "time"

// Ready returns ErrNoPorts if Open would, as far as the Pool itself knows:
// every port is in use or resting.
func (p *Pool) Ready() error {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < p.size() {
		return nil // some were never used
	}
	for _, ready := range p.free {
		if !ready.IsZero() && !now.Before(ready) {
			return nil
		}
	}
	return ErrNoPorts
}
