package main

import (
	"context"
	"fmt"
	"strings"

	"parley/test/turns/oracle"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/rehearsal"
	"parley/voice/score"
)

// measureTurns scores how the loop listens on the held-out part of the corpus,
// with the oracle for ears, beside a plain loop. It must run in the source's
// folder.
func measureTurns(ctx context.Context, o options, print func(figure)) error {
	r := rehearsal.Run{Corpus: "testdata/turns", Part: corpus.HeldOut, Items: o.pick(0, 600)}
	figures, plain, err := r.Figures(ctx, rehearsal.Parley(voice.Defaults(), oracle.Ears))
	if err != nil {
		return err
	}
	beside := map[string]float64{}
	for _, f := range plain {
		beside[turnsName(f)] = f.Value
	}
	for _, f := range figures {
		if f.Bar == nil || !f.Shown() {
			continue // go run ./test/turns -every has them all
		}
		out := figure{Figure: turnsName(f), Unit: f.Unit, Value: f.Value, N: f.N, More: map[string]float64{}}
		sign := map[bool]string{true: ">=", false: "<="}[f.AtLeast]
		out.ask(fmt.Sprintf("%s %g %s", sign, *f.Bar, f.Unit), *f.Met)
		if f.Low != nil {
			out.More["wilson_low"], out.More["wilson_high"] = *f.Low, *f.High
		}
		if v, ok := beside[out.Figure]; ok {
			out.More["plain_loop"] = v
		}
		print(out)
	}
	return nil
}

// turnsName is a figure's name in one word.
func turnsName(f score.Figure) string {
	return "turns_" + strings.ReplaceAll(strings.Join(strings.Fields(f.Class+" "+f.Condition+" "+f.Name), "_"), "-", "_")
}
