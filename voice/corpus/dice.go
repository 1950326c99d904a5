package corpus

import "math/rand/v2"

// dice are a source of chance that falls alike for the same seed.
type dice struct{ *rand.Rand }

func (d dice) between(low, high float64) float64 { return low + (high-low)*d.Float64() }

// samples draws a length between two in milliseconds.
func (d dice) samples(low, high float64) int { return int(d.between(low, high) * rate / 1000) }

func (d dice) chance(p float64) bool { return d.Float64() < p }

// params draws the parameters of a noise: from a part of each one's range, so
// that two families of one kind have none in common.
type params struct {
	dice
	span [2]float64
}

func (p params) between(low, high float64) float64 {
	return low + (high-low)*p.dice.between(p.span[0], p.span[1])
}

func (p params) samples(low, high float64) int { return int(p.between(low, high) * rate / 1000) }
