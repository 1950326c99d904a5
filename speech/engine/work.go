package engine

import (
	"context"
	"fmt"
	"io"
	"time"

	"parley/speech"
)

// Work is one utterance in a child. Send and Finish belong to one goroutine,
// Recv to one, Close may come from any. Every Work must be closed.
type Work struct {
	id   uint32
	pool *Pool
	in   chan []byte
	done chan struct{} // closed when err is set
	err  error         // io.EOF: all went well

	// guarded by the Pool's mutex
	child *child // nil when the child has no more to do with it
	ended bool   // done is closed
	stuck *time.Timer
}

func newWork(p *Pool, c *child, id uint32) *Work {
	return &Work{id: id, pool: p, child: c, in: make(chan []byte, window), done: make(chan struct{})}
}

// Send gives b, which it keeps, to the child. It never blocks; what comes after
// the Work's end is dropped, and Recv tells why it ended.
func (w *Work) Send(b []byte) { w.tell(frame{work: w.id, kind: frameData, payload: b}) }

// Finish says that there is no more input.
func (w *Work) Finish() { w.tell(frame{work: w.id, kind: frameEnd}) }

func (w *Work) tell(f frame) {
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	if w.child != nil && !w.ended {
		w.child.send(f)
	}
}

// Recv returns what the child sends. Errors: io.EOF after the last,
// speech.ErrUnavailable when the child died, ctx's own, or the child's.
func (w *Work) Recv(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case b := <-w.in:
		return w.taken(b), nil
	default:
	}
	select {
	case b := <-w.in:
		return w.taken(b), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.done:
	}
	select { // what came before the end
	case b := <-w.in:
		return b, nil
	default:
		return nil, w.err
	}
}

func (w *Work) taken(b []byte) []byte {
	w.tell(frame{work: w.id, kind: frameTaken})
	return b
}

// Close gives the Work up if it is not over. The child is told to stop, and
// killed if it does not within Config.Patience.
func (w *Work) Close() {
	p := w.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.child == nil || w.ended {
		return
	}
	c := w.child
	c.send(frame{work: w.id, kind: frameCancel})
	w.end(ErrCancelled)
	w.stuck = time.AfterFunc(p.c.Patience, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if w.child == c {
			c.err = fmt.Errorf("an utterance went on for %v after it was cancelled", p.c.Patience)
			c.kill()
		}
	})
}

// put queues what the child sent. p.mu is held.
func (w *Work) put(b []byte) error {
	if w.ended {
		return nil // nobody listens
	}
	select {
	case w.in <- b:
		return nil
	default:
		return fmt.Errorf("engine sent more than %d frames unasked", window)
	}
}

// over: the child has no more to do with it. p.mu is held.
func (w *Work) over(err error) {
	delete(w.child.works, w.id)
	if err == nil {
		err = io.EOF
	}
	w.end(err)
	w.leave()
	w.pool.broadcast()
}

// died: the child is gone. p.mu is held.
func (w *Work) died(err error) {
	w.end(fmt.Errorf("engine %s died in mid-work: %w: %w", w.pool.name, speech.ErrUnavailable, err))
	w.leave()
}

func (w *Work) leave() {
	w.child = nil
	if w.stuck != nil {
		w.stuck.Stop()
	}
}

func (w *Work) end(err error) {
	if !w.ended {
		w.ended, w.err = true, err
		close(w.done)
	}
}
