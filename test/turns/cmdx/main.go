package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"parley/test/turns/oracle"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/rehearsal"
	"parley/voice/score"
)

func main() {
	part := flag.String("part", "tune", "")
	only := flag.String("only", "", "")
	max := flag.Int("max", 1<<30, "")
	dump := flag.String("dump", "", "")
	prof := flag.String("prof", "", "")
	list := flag.Bool("list", false, "")
	every := flag.Bool("every", false, "")
	flag.Parse()
	if *prof != "" {
		f, _ := os.Create(*prof)
		pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	p, err := corpus.Load("testdata/turns")
	check(err)
	s, err := corpus.NewSpeakers("")
	check(err)
	m := corpus.NewMaker(p, s)
	var items []corpus.Item
	n := map[string]int{}
	for _, it := range p.Items(corpus.Part(*part)) {
		if strings.Contains(it.ID, *only) && n[it.Class.Name] < *max {
			n[it.Class.Name]++
			items = append(items, it)
		}
	}
	if *dump != "" {
		for _, it := range items {
			t, err := m.Make(context.Background(), it)
			check(err)
			fmt.Println(it.ID, it.Condition.Name, it.Noise, it.Burst, it.Phase, it.Text, len(t.Caller)/8, t.Truth.Spans)
			f, _ := os.Create(*dump + "/" + strings.ReplaceAll(it.ID, "/", "_") + ".raw")
			binary.Write(f, binary.LittleEndian, t.Caller)
			f.Close()
		}
		return
	}
	start := time.Now()
	r, err := rehearsal.All(context.Background(), m, items, func(ctx context.Context, t *corpus.Take) (rehearsal.Performance, error) {
		return rehearsal.Play(ctx, voice.Defaults(), t, oracle.Ears)
	}, rehearsal.Plain)
	check(err)
	fmt.Println(len(items), time.Since(start))
	if *list {
		for _, x := range r[0] {
			fmt.Printf("%+v\n", x)
		}
	}
	score.Table(os.Stdout, score.Report(r[0]), score.Report(r[1]), *every)
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
