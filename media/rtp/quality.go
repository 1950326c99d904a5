package rtp

import "time"

// mos estimates how listeners would rate a call, from 1 (bad) to 4.4 (as good
// as the telephone gets), by the E-model of ITU-T G.107 with the values of
// G.113 for G.711 with concealment. lost is the share of packets that were not
// played, delay the way from mouth to ear.
func mos(lost float64, delay time.Duration) float64 {
	const (
		best       = 93.2  // R without impairment
		robustness = 25.1  // Bpl
		annoying   = 177.3 // ms of delay from which conversation suffers
	)
	ms := float64(delay) / float64(time.Millisecond)
	r := best - 0.024*ms
	if ms > annoying {
		r -= 0.11 * (ms - annoying)
	}
	percent := 100 * lost
	r -= 95 * percent / (percent + robustness)
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return 1 + 0.035*r + r*(r-60)*(100-r)*7e-6
}

// share is part of whole, 0 of nothing.
func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return min(float64(part)/float64(whole), 1)
}
