package score

import (
	"math"
	"slices"
)

func (g group) figure(name, unit string, n int, value float64) Figure {
	return Figure{Class: g.class, Condition: g.condition, Name: name, Unit: unit, N: n, Value: round(value)}
}

// rate is a figure in % with its bounds.
func (g group) rate(name string, rs []Result, is func(Result) bool) Figure {
	k := 0
	for _, r := range rs {
		if is(r) {
			k++
		}
	}
	f := g.figure(name, "%", len(rs), 100*float64(k)/float64(max(len(rs), 1)))
	low, high := Wilson(k, len(rs))
	low, high = round(100*low), round(100*high)
	f.Low, f.High = &low, &high
	return f
}

func (g group) quantile(name string, sorted []float64, q float64) Figure {
	value := 0.0
	if len(sorted) > 0 {
		value = sorted[min(int(math.Ceil(q*float64(len(sorted))))-1, len(sorted)-1)]
	}
	return g.figure(name, "ms", len(sorted), value)
}

func (g group) mean(name string, values []float64) Figure {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return g.figure(name, "ms", len(values), sum/float64(max(len(values), 1)))
}

// values are those that happened, the least first.
func values(rs []Result, of func(Result) float64) []float64 {
	var vs []float64
	for _, r := range rs {
		if v := of(r); v >= 0 {
			vs = append(vs, v)
		}
	}
	slices.Sort(vs)
	return vs
}

// atMost and atLeast say what is asked. Nothing measured does not meet it.
func (f Figure) atMost(bar float64) Figure {
	met := f.N > 0 && f.Value <= bar
	f.Bar, f.Met = &bar, &met
	return f
}

func (f Figure) atLeast(bar float64) Figure {
	met := f.N > 0 && f.Value >= bar
	f.Bar, f.Met, f.AtLeast = &bar, &met, true
	return f
}

func round(v float64) float64 { return math.Round(v*100) / 100 }
