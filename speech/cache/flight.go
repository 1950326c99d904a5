package cache

import (
	"context"
	"slices"
	"sync"

	"parley/speech"
)

// flight is a phrase on its way to one or more listeners.
type flight struct {
	cancel    context.CancelFunc
	listeners int // guarded by the Cache's mutex

	mu     sync.Mutex
	chunks []speech.Chunk
	ended  bool
	err    error
	news   chan struct{} // closed when there is more
}

func newFlight() *flight { return &flight{listeners: 1, news: make(chan struct{})} }

func (f *flight) add(c speech.Chunk) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.chunks = append(f.chunks, clone(c))
	close(f.news)
	f.news = make(chan struct{})
}

// finish says that all is there, or why not, and returns all.
func (f *flight) finish(err error) []speech.Chunk {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended, f.err = true, err
	close(f.news)
	return f.chunks
}

func (f *flight) done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

// next returns the chunks from number n on and, if there are none, what to
// wait for.
func (f *flight) next(n int) (more []speech.Chunk, news <-chan struct{}, ended bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.chunks[n:]), f.news, f.ended, f.err
}

// listen gives one listener all of it, at the listener's own pace.
func (f *flight) listen(ctx context.Context, out func(speech.Chunk) error) error {
	for n := 0; ; {
		more, news, ended, err := f.next(n)
		for _, c := range more {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := out(clone(c)); err != nil {
				return err
			}
		}
		n += len(more)
		switch {
		case len(more) > 0:
		case ended && err != nil:
			return err
		case ended:
			return ctx.Err()
		default:
			select {
			case <-news:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}
