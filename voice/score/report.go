package score

import "slices"

// Figure is one number over the items of one class.
type Figure struct {
	Class     string  `json:"class"`
	Condition string  `json:"condition,omitempty"` // empty: all
	Name      string  `json:"figure"`
	Unit      string  `json:"unit"`
	N         int     `json:"n"`
	Value     float64 `json:"value"`
	// Low and High are Wilson's bounds of a rate, in %.
	Low  *float64 `json:"low,omitempty"`
	High *float64 `json:"high,omitempty"`
	// Bar is what is asked, if anything; AtLeast says on which side.
	Bar     *float64 `json:"bar,omitempty"`
	AtLeast bool     `json:"at_least,omitempty"`
	Met     *bool    `json:"met,omitempty"`
}

// unasked are the classes that are measured for what they teach: there are too
// few items of them for a promise, or nobody can keep it, as with another
// voice near by.
var unasked = []string{"monologue", "loss", "digits", "talker"}

// group is the results of one class, or of one class in one condition.
type group struct {
	class, condition string
	of               []Result
}

// Report makes the figures of results, class by class in the order in which
// they come.
func Report(results []Result) []Figure {
	var figures []Figure
	for _, g := range groups(results) {
		for _, f := range g.figures() {
			if slices.Contains(unasked, g.class) {
				f.Bar, f.Met = nil, nil
			}
			figures = append(figures, f)
		}
	}
	return figures
}

// groups returns each class as a whole, and then its conditions.
func groups(results []Result) []group {
	var gs []group
	at := map[[2]string]int{}
	put := func(r Result, condition string) {
		key := [2]string{r.Class, condition}
		i, ok := at[key]
		if !ok {
			i = len(gs)
			at[key] = i
			gs = append(gs, group{class: r.Class, condition: condition})
		}
		gs[i].of = append(gs[i].of, r)
	}
	for _, r := range results {
		put(r, "")
		put(r, r.Condition)
	}
	class := map[string]int{}
	for _, g := range gs {
		if _, ok := class[g.class]; !ok {
			class[g.class] = len(class)
		}
	}
	slices.SortStableFunc(gs, func(a, b group) int {
		if d := class[a.class] - class[b.class]; d != 0 {
			return d
		}
		return slices.Index(Conditions, a.condition) - slices.Index(Conditions, b.condition)
	})
	return gs
}

// Conditions in the order in which they are reported.
var Conditions = []string{"", "clean", "20 dB", "10 dB", "5 dB"}

func (g group) figures() []Figure {
	var fs []Figure
	add := func(f ...Figure) { fs = append(fs, f...) }
	var idle, turns, disturbed, interrupted, greetings []Result
	for _, r := range g.of {
		switch {
		case r.Answerer != "":
			greetings = append(greetings, r)
		case r.Spoke && r.Kind == Interruption:
			interrupted = append(interrupted, r)
		case r.Spoke:
			disturbed = append(disturbed, r)
		case r.Kind == Turn:
			turns = append(turns, r)
		default:
			idle = append(idle, r)
		}
	}
	if len(interrupted) > 0 {
		add(g.interruptions(interrupted)...)
	}
	if len(disturbed) > 0 {
		add(g.disturbances(disturbed)...)
	}
	if len(turns) > 0 {
		add(g.turns(turns)...)
	}
	if len(greetings) > 0 {
		add(g.greetings(greetings)...)
	}
	if len(idle) > 0 {
		add(g.rate("false turns", idle, func(r Result) bool { return r.False > 0 }))
	}
	return fs
}

func (g group) interruptions(rs []Result) []Figure {
	// Where the robot had lost the floor before, nothing could be taken.
	early := g.rate("floor lost before", rs, func(r Result) bool { return r.Early })
	all := rs
	rs = slices.DeleteFunc(slices.Clone(rs), func(r Result) bool { return r.Early })
	onset := values(rs, func(r Result) float64 { return r.Silence })
	duck := values(rs, func(r Result) float64 { return r.Duck })
	return []Figure{
		early,
		g.rate("taken", rs, func(r Result) bool { return r.Taken }).atLeast(97),
		g.quantile("silence p50", onset, 0.5).atMost(220),
		g.quantile("silence p95", onset, 0.95).atMost(350),
		g.quantile("duck p95", duck, 0.95).atMost(120),
		g.rate("first phoneme clipped", all, func(r Result) bool { return r.Clipped > 0 }).atMost(0),
	}
}

func (g group) disturbances(rs []Result) []Figure {
	lost := g.rate("floor lost", rs, func(r Result) bool { return r.Lost })
	switch g.condition {
	case "clean":
		lost = lost.atMost(5)
	case "10 dB":
		lost = lost.atMost(10)
	}
	paused := g.rate("paused", rs, func(r Result) bool { return r.Paused })
	if rs[0].Kind == Backchannel {
		paused = paused.atMost(50)
	}
	var resumed []Result
	for _, r := range rs {
		if r.Resumed {
			resumed = append(resumed, r)
		}
	}
	fs := []Figure{lost, paused, g.rate("ducked", rs, func(r Result) bool { return r.Duck >= 0 })}
	if len(resumed) > 0 {
		fs = append(fs, g.rate("resumed with samples lost", resumed, func(r Result) bool { return r.Changed != 0 }).atMost(0))
	}
	return fs
}

func (g group) turns(rs []Result) []Figure {
	delays := values(rs, func(r Result) float64 {
		if r.CutOff {
			return -1
		}
		return r.Delay
	})
	cut := g.rate("cut off", rs, func(r Result) bool { return r.CutOff })
	if g.class == "dictation" {
		cut = cut.atMost(2)
	} else {
		cut = cut.atMost(5)
	}
	reached := g.rate("reached", rs, func(r Result) bool { return r.Reached })
	mean := g.mean("delay mean", delays)
	if g.class == "short" {
		reached = reached.atLeast(99)
	}
	if g.class != "dictation" {
		mean = mean.atMost(700)
	}
	return []Figure{
		cut, mean, g.quantile("delay p95", delays, 0.95),
		g.rate("unanswered", rs, func(r Result) bool { return !r.CutOff && r.Delay < 0 }),
		reached,
		g.rate("first phoneme clipped", rs, func(r Result) bool { return r.Clipped > 0 }).atMost(0),
		g.rate("false starts", rs, func(r Result) bool { return r.False > 0 }),
	}
}

func (g group) greetings(rs []Result) []Figure {
	if !slices.ContainsFunc(rs, func(r Result) bool { return r.Verdict != "" }) {
		return nil // nobody decides
	}
	decided := g.quantile("decided p95", values(rs, func(r Result) float64 { return r.Decided }), 0.95).atMost(3000)
	if rs[0].Answerer == Person {
		return []Figure{g.rate("kept", rs, func(r Result) bool { return r.Verdict != Machine }).atLeast(97), decided}
	}
	return []Figure{g.rate("found", rs, func(r Result) bool { return r.Verdict == Machine }).atLeast(95), decided}
}
