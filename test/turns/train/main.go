// Command train makes the weights of media/vad's network from the corpus's part
// for tuning, and says how well they do on the other: go run ./test/turns/train
// writes media/vad/weights.go anew. The same corpus gives the same weights.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"go/format"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"

	"parley/media"
	"parley/media/apm"
	"parley/media/vad"
	"parley/voice/corpus"
	"parley/voice/score"
)

// example is a frame: speech or not, and of speech, whether it is a backchannel
// or the beginning of something else.
type example struct {
	f          vad.Features
	yes        bool
	hum, other bool
}

// beginning is for how many frames from its first one something is beginning.
const beginning = 30

func main() {
	file := flag.String("o", "media/vad/weights.go", "`file` to write")
	dir := flag.String("corpus", "testdata/turns", "`folder` of the corpus")
	passes := flag.Int("passes", 8, "how often all examples are seen")
	flag.Parse()
	if err := run(context.Background(), *dir, *file, *passes); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, file string, passes int) error {
	plan, err := corpus.Load(dir)
	if err != nil {
		return err
	}
	speakers, err := corpus.NewSpeakers("")
	if err != nil {
		return err
	}
	m := corpus.NewMaker(plan, speakers)
	train, err := examples(ctx, m, plan.Items(corpus.Tune))
	if err != nil {
		return err
	}
	test, err := examples(ctx, m, plan.Items(corpus.HeldOut))
	if err != nil {
		return err
	}
	fmt.Printf("%d frames learned from, %d held out\n", len(train), len(test))
	speech := learn(train, passes)
	tell("speech", speech, train, test)
	train, test = hums(train), hums(test)
	hum := learn(train, 40*passes)
	tell("hum", hum, train, test)
	return write(file, speech, hum)
}

// tell says how well a network does.
func tell(what string, n *vad.Net, train, test []example) {
	for _, set := range []struct {
		name string
		of   []example
	}{{"tune", train}, {"held out", test}} {
		for _, at := range []float64{0.3, 0.5, 0.8} {
			hit, miss := rates(n, set.of, at)
			fmt.Printf("%-9s at %.1f: %s found %5.1f %%, other taken for it %5.1f %%\n", set.name, at, what, 100*hit, 100*miss)
		}
	}
}

// hums are the examples that tell backchannels from other beginnings.
func hums(all []example) []example {
	var some []example
	for _, e := range all {
		if e.hum || e.other {
			e.yes = e.hum
			some = append(some, e)
		}
	}
	return some
}

// examples are the frames of items, in their order.
func examples(ctx context.Context, m *corpus.Maker, items []corpus.Item) ([]example, error) {
	of, errs := make([][]example, len(items)), make([]error, len(items))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for i := range next {
				of[i], errs[i] = frames(ctx, m, items[i])
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	workers.Wait()
	var all []example
	for i := range items {
		if errs[i] != nil {
			return nil, errs[i]
		}
		all = append(all, of[i]...)
	}
	return all, nil
}

func frames(ctx context.Context, m *corpus.Maker, it corpus.Item) ([]example, error) {
	t, err := m.Make(ctx, it)
	if err != nil {
		return nil, err
	}
	cleaner, err := apm.New(apm.Defaults())
	if err != nil {
		return nil, err
	}
	defer cleaner.Close()
	d := vad.New(vad.Defaults(), 8000)
	var all []example
	began, silent := 0, 15
	for i, kind := range t.Voiced() {
		began++
		if silent++; kind != "" {
			if silent > 15 { // 300 ms: something begins
				began = 0
			}
			silent = 0
		}
		frame := t.Caller[i*160 : (i+1)*160]
		f := d.Features(frame, cleaner.Process(frame))
		if t.Marks[i] == media.Heard {
			begins := kind != "" && began < beginning
			all = append(all, example{f: f, yes: kind != "", hum: begins && kind == score.Backchannel, other: begins && kind != score.Backchannel})
		}
	}
	return all, nil
}

// learn trains a network by stochastic descent with Adam's steps.
func learn(all []example, passes int) *vad.Net {
	r := rand.New(rand.NewPCG(1, 2))
	n := new(vad.Net)
	for h := range n.In {
		for i := range n.In[h] {
			n.In[h][i] = float32(r.NormFloat64() / math.Sqrt(float64(vad.FeatureCount)))
		}
		n.Out[h] = float32(r.NormFloat64() / math.Sqrt(float64(vad.Hidden)))
	}
	speech := 0
	for _, e := range all {
		if e.yes {
			speech++
		}
	}
	weight := float64(len(all)-speech) / float64(max(speech, 1)) // both count alike
	weight = math.Sqrt(weight)
	a := newAdam(n)
	const batch = 128
	steps := passes * len(all) / batch
	for step := range steps {
		for range batch {
			e := all[r.IntN(len(all))]
			a.add(n, &e, weight)
		}
		a.step(n, batch, 0.004*(1-0.95*float64(step)/float64(steps)))
	}
	return n
}

// rates are how much speech a threshold finds, and how much else.
func rates(n *vad.Net, all []example, threshold float64) (hit, miss float64) {
	var found, speech, taken, other float64
	for i := range all {
		yes := n.Judge(&all[i].f) >= threshold
		if all[i].yes {
			speech++
			if yes {
				found++
			}
		} else {
			other++
			if yes {
				taken++
			}
		}
	}
	return found / speech, taken / other
}

func write(file string, speech, hum *vad.Net) error {
	var b bytes.Buffer
	b.WriteString("package vad\n\n// What test/turns/train has made. It is not written by hand.\nvar (\n")
	net(&b, "speechNet", speech)
	net(&b, "humNet", hum)
	b.WriteString(")\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

func net(b *bytes.Buffer, name string, n *vad.Net) {
	fmt.Fprintf(b, "%s = Net{\n\tIn: [Hidden][FeatureCount]float32{\n", name)
	row := func(ws []float32) {
		for i, w := range ws {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "%.4g", w)
		}
	}
	for h := range n.In {
		b.WriteString("\t\t{")
		row(n.In[h][:])
		b.WriteString("},\n")
	}
	b.WriteString("\t},\n\tBias: [Hidden]float32{")
	row(n.Bias[:])
	b.WriteString("},\n\tOut: [Hidden]float32{")
	row(n.Out[:])
	fmt.Fprintf(b, "},\n\tRest: %.4g,\n}\n", n.Rest)
}
