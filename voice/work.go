package voice

import "sync"

// Work counts what a session has to do at this instant: entries of its queue,
// answers that are thought of, lines that are voiced. Who runs a session in
// virtual time waits until there is none of it before letting time pass, and
// so gets the same conversation each time. A nil Work counts nothing.
type Work struct {
	mu   sync.Mutex
	none sync.Cond // made by NewWork
	n    int
	over bool
}

// NewWork returns a Work for one session.
func NewWork() *Work {
	w := &Work{}
	w.none.L = &w.mu
	return w
}

// Wait returns when there is nothing to do, or the session is over.
func (w *Work) Wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.n > 0 && !w.over {
		w.none.Wait()
	}
}

// Begin says that there is something more to do. A recogniser that computes
// its text holds back time so.
func (w *Work) Begin() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
}

// End says that what Begin announced has been done.
func (w *Work) End() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n--; w.n == 0 {
		w.none.Broadcast()
	}
}

// close says that the session does nothing more.
func (w *Work) close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.none.Broadcast()
}
