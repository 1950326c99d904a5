package main

import (
	"context"
	"fmt"
	"regexp"
	"sort"
	"os"

	"parley/media/echo"
	"parley/voice/corpus"
	"parley/voice/score"
)

func main() {
	plan, _ := corpus.Load("testdata/turns")
	sp, _ := corpus.NewSpeakers("")
	m := corpus.NewMaker(plan, sp)
	by := map[string][]float64{}
	for _, it := range corpus.Choose(plan.Items(corpus.Tune), regexp.MustCompile(os.Args[1]), 200) {
		t, err := m.Make(context.Background(), it)
		if err != nil {
			panic(err)
		}
		robot := t.Truth.Robot
		j := echo.New(8000)
		p := t.Echo
		var path *corpus.Path
		if p != nil {
			path = p.Path()
		}
		voiced := t.Voiced()
		for i := range t.Marks {
			fr := append([]int16(nil), t.Caller[i*160:(i+1)*160]...)
			if path != nil {
				path.Add(fr, int64(i*160), robot[:min(len(robot), i*160)], 160)
			}
			ref := make([]int16, 160)
			if i > 0 && i*160 <= len(robot) {
				copy(ref, robot[(i-1)*160:i*160])
			}
			v := j.Compare(fr, ref)
			if !v.Echo {
				continue
			}
			k := fmt.Sprintf("%s echo%v near=%v early=%v", it.Condition.Name, p != nil && p.Level > 0 && true, voiced[i], i < 50)
			if p != nil {
				k = fmt.Sprintf("%s level %2.0f near=%v early=%v", it.Condition.Name, p.Level, voiced[i], i < 50)
			}
			by[k] = append(by[k], v.Own)
		}
		_ = score.Rate
	}
	var ks []string
	for k := range by {
		ks = append(ks, k)
	}
	sort.Strings(ks)
	for _, k := range ks {
		v := by[k]
		sort.Float64s(v)
		fmt.Printf("%-44s %6d :", k, len(v))
		for _, q := range []float64{.05, .25, .5, .75, .95} {
			fmt.Printf(" %.2f", v[int(q*float64(len(v)-1))])
		}
		fmt.Println()
	}
}
