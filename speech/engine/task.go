package engine

import (
	"errors"
	"io"
	"sync"
)

// ErrCancelled is what a Task's methods return once nobody listens any more.
var ErrCancelled = errors.New("cancelled")

// taskQueue is how many frames of input may wait in a child: 20 s of audio in
// frames of 20 ms. A task that is slower than that fails.
const taskQueue = 1000

// Task is one Work as the child sees it.
type Task struct {
	// Request is what the Work was opened with.
	Request []byte

	id     uint32
	s      *server
	in     chan []byte
	credit chan struct{} // a token for every data frame that is not yet taken
	done   chan struct{}
	once   sync.Once
	late   bool // input was lost; guarded by the server's mutex
}

func newTask(s *server, f frame) *Task {
	return &Task{
		Request: f.payload, id: f.work, s: s,
		in:     make(chan []byte, taskQueue+1),
		credit: make(chan struct{}, window),
		done:   make(chan struct{}),
	}
}

func (t *Task) cancel() { t.once.Do(func() { close(t.done) }) }

// put queues input; nil is its end. The server's mutex is held.
func (t *Task) put(b []byte) {
	if len(t.in) >= taskQueue {
		t.late = true
		t.cancel()
		return
	}
	t.in <- b
}

// Cancelled is closed when nobody listens any more.
func (t *Task) Cancelled() <-chan struct{} { return t.done }

// Recv returns the next input, io.EOF after the last, or ErrCancelled.
func (t *Task) Recv() ([]byte, error) {
	select {
	case <-t.done:
		return nil, t.why()
	default:
	}
	select {
	case <-t.done:
		return nil, t.why()
	case b := <-t.in:
		if b == nil {
			return nil, io.EOF
		}
		return b, nil
	}
}

// Send gives b to the parent. It waits while the parent is slow.
func (t *Task) Send(b []byte) error {
	select {
	case <-t.done:
		return t.why()
	case t.credit <- struct{}{}:
	}
	return t.s.write(frame{work: t.id, kind: frameData, payload: b})
}

func (t *Task) why() error {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if t.late {
		return errors.New("too slow: 20 s of input are waiting")
	}
	return ErrCancelled
}
