package main

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"parley/test/turns/oracle"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/rehearsal"
	"parley/voice/score"
)

func main() {
	plan, _ := corpus.Load("testdata/turns")
	sp, _ := corpus.NewSpeakers("")
	m := corpus.NewMaker(plan, sp)
	part := corpus.Tune
	if len(os.Args) > 2 {
		part = corpus.HeldOut
	}
	for _, it := range corpus.Choose(plan.Items(part), regexp.MustCompile(os.Args[1]), 0) {
		t, err := m.Make(context.Background(), it)
		if err != nil {
			panic(err)
		}
		p, _ := rehearsal.Play(context.Background(), voice.Defaults(), t, oracle.Ears)
		r := score.Judge(t.Truth, p.Log)
		fmt.Printf("%s %q %+v\n", it.ID, it.Text, r)
		for _, s := range t.Truth.Spans {
			fmt.Println("  truth", s.Kind, s.From/8, s.To/8, s.Text)
			for _, w := range s.Words {
				fmt.Println("      ", w.From/8, w.To/8, w.Text)
			}
		}
		for _, e := range p.Events {
			l := ""
			if e.Line != nil {
				l = fmt.Sprintf("%+v", *e.Line)
			}
			fmt.Println("  ", e.At, e.Kind, e.Text, l)
		}
	}
}
