package rehearsal

import (
	"parley/call"
	"parley/voice/answer"
	"parley/voice/score"
)

// verdicts are what the loop thought of who answered. Nobody who speaks is
// neither a person nor a machine.
func verdicts(events []call.Event) (vs []score.Verdict) {
	for _, e := range events {
		if e.Kind != call.KindAnswer {
			continue
		}
		v := score.Verdict{At: e.At * score.Rate / 1000, Who: score.Machine}
		switch e.Text {
		case answer.Silence.String():
			continue
		case answer.Human.String():
			v.Who = score.Person
		}
		if n := len(vs); n > 0 && vs[n-1].Who == v.Who {
			continue // the same in more detail
		}
		vs = append(vs, v)
	}
	return vs
}
