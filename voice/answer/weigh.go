package answer

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Kinds of evidence. A verdict needs two of them, or one that is beyond doubt.
const (
	byWords    = iota // what was said
	byLength          // speech goes on and on
	byFlow            // nobody waits for an answer: pauses within, an even rhythm
	byWaiting         // somebody waits for an answer
	evidenceOf        // how many there are
)

// scale is evidence for a machine, in nats, by kind; below 0 it speaks for a
// person.
type scale [evidenceOf]float64

func (s scale) sum() (total float64) {
	for _, x := range s {
		total += x
	}
	return total
}

// kindsFor counts the kinds that speak for a machine (or, with sign -1, for a
// person).
func (s scale) kindsFor(sign float64) (n int) {
	for _, x := range s {
		if x*sign >= 0.25 {
			n++
		}
	}
	return n
}

// confidence of a machine.
func (s scale) confidence() float64 { return 1 / (1 + math.Exp(-s.sum())) }

// ramp is 0 until from and full at to.
func ramp(x, from, to time.Duration, full float64) float64 {
	return full * min(max(float64(x-from)/float64(to-from), 0), 1)
}

const ms = time.Millisecond

// said weighs the phrases that were heard.
func (c Config) said(s *State) (machine, human float64) {
	if s.Said == (phraseSet{}) {
		return 0, 0
	}
	for i, p := range of(c.Language).phrases {
		switch {
		case !s.Said.has(i):
		case p.who == Human:
			human += p.weight
		default:
			machine += p.weight
		}
	}
	return machine, human
}

// weigh weighs the greeting so far.
func (c Config) weigh(s *State) (w scale) {
	machine, human := c.said(s)
	if s.Digits >= 4 {
		machine += 1.5
	}
	w[byWords] = min(machine, 8) - min(human, 5)
	hearing := s.Words > 0
	if hearing && machine == 0 {
		// A few words that are none of a machine's are a person's; people do not
		// say many when they answer.
		few := time.Duration(s.Words) * ms
		w[byWords] -= min(0.35+0.15*float64(s.Words), 0.95) * (1 - ramp(few, 5*ms, 9*ms, 1))
	}
	if hearing {
		w[byLength] = ramp(s.Voiced, 1000*ms, 2400*ms, 0.9) + ramp(s.Voiced, 2400*ms, 5000*ms, 2)
	} else {
		w[byLength] = ramp(s.Voiced, 1000*ms, 2200*ms, 1.2) + ramp(s.Voiced, 3000*ms, 5000*ms, 1.8)
	}
	resumed := 0.4
	if hearing && human == 0 {
		resumed = 0.9 // whoever only gives his name waits, and this one did not
	}
	if s.Voiced >= 1000*ms {
		w[byFlow] = 0.2*float64(min(s.Pauses, 3)) + resumed*float64(min(s.Resumed, 2)) + ramp(time.Duration(s.Rhythm.Syllables)*ms, 4*ms, 14*ms, 0.6)
		if s.Resumed > 0 { // and at length
			w[byFlow] += ramp(s.Back, 1200*ms, 2400*ms, 1)
		}
	}
	// Who has said little and then waits, waits for us; after many words it may
	// be a machine before its beep. Longer sentences have longer pauses.
	if s.Voiced > 0 {
		from := 350*ms + time.Duration(ramp(s.Voiced, 600*ms, 1600*ms, float64(150*ms)))
		w[byWaiting] = -ramp(s.Silence, from, from+650*ms, 4.5-ramp(s.Voiced, 3200*ms, 5000*ms, 3.5))
	}
	return w
}

// reasons puts the evidence into words, the weightiest first.
func (c Config) reasons(s *State, w scale) string {
	type reason struct {
		weight float64
		text   string
	}
	var rs []reason
	if p := c.phrases(s); len(p) > 0 {
		rs = append(rs, reason{w[byWords], `said "` + strings.Join(p, `", "`) + `"`})
	} else if w[byWords] != 0 {
		rs = append(rs, reason{w[byWords], fmt.Sprintf("%d words, none of a machine's", s.Words)})
	}
	if w[byLength] != 0 {
		rs = append(rs, reason{w[byLength], fmt.Sprintf("%.1f s of speech", s.Voiced.Seconds())})
	}
	if w[byFlow] != 0 {
		rs = append(rs, reason{w[byFlow], fmt.Sprintf("%d syllables and %d pauses without waiting", s.Rhythm.Syllables, s.Pauses)})
	}
	if w[byWaiting] != 0 {
		rs = append(rs, reason{w[byWaiting], fmt.Sprintf("silent for %.1f s after %.1f s of speech", s.Silence.Seconds(), s.Voiced.Seconds())})
	}
	slices.SortStableFunc(rs, func(a, b reason) int {
		if math.Abs(a.weight) > math.Abs(b.weight) {
			return -1
		}
		return 1
	})
	var b strings.Builder
	for i, r := range rs {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s (%+.1f)", r.text, r.weight)
	}
	return b.String()
}

// phrases are those of the lexicon that were heard.
func (c Config) phrases(s *State) (heard []string) {
	for i, p := range of(c.Language).phrases {
		if s.Said.has(i) {
			heard = append(heard, p.text)
		}
	}
	return heard
}

// kind is which kind of machine has spoken.
func (c Config) kind(s *State) Who {
	var weight [kinds]float64
	for i, p := range of(c.Language).phrases {
		if s.Said.has(i) {
			weight[p.who] += p.weight
		}
	}
	switch {
	case weight[Screening] > 0 && weight[Screening] >= weight[Machine]-1:
		return Screening
	case weight[Assistant] > 0 && weight[Assistant] >= weight[Machine]-1:
		return Assistant
	}
	return Machine
}
