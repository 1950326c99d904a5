package rehearsal

import (
	"context"
	"runtime"
	"sync"

	"parley/voice/corpus"
	"parley/voice/score"
)

// Loop is something that listens.
type Loop func(ctx context.Context, t *corpus.Take) (Performance, error)

// All makes every item and runs each loop on it, as many at once as there are
// cores. It returns the results of each loop, in the order of the items.
func All(ctx context.Context, m *corpus.Maker, items []corpus.Item, loops ...Loop) ([][]score.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([][]score.Result, len(loops))
	for i := range results {
		results[i] = make([]score.Result, len(items))
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for i := range next {
				if err := one(ctx, m, items[i], loops, func(loop int, r score.Result) { results[loop][i] = r }); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range items {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return results, context.Cause(ctx)
}

func one(ctx context.Context, m *corpus.Maker, it corpus.Item, loops []Loop, put func(int, score.Result)) error {
	t, err := m.Make(ctx, it)
	if err != nil {
		return err
	}
	for i, loop := range loops {
		p, err := loop(ctx, t)
		if err != nil {
			return err
		}
		put(i, score.Judge(t.Truth, p.Log))
	}
	return nil
}
