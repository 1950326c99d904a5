package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// maxBatch bounds the writes of one transaction.
const maxBatch = 1024

// commitEvery is the least time between two commits: what comes alone does not
// wait. After a batch of manyWrites it is commitLoaded: the same pages are then
// written less often.
const (
	commitEvery  = 50 * time.Millisecond
	commitLoaded = 200 * time.Millisecond
	manyWrites   = 32
)

var errClosed = errors.New("the database is closed")

// write is something to be written, and who waits for it.
type write struct {
	do   func(context.Context, *sql.Tx) error
	ctx  context.Context
	done chan error
}

// writer commits what many want to have written, as much at a time as there
// is: a commit that survives a power cut takes as long for one as for all.
// (One writer is also all that SQLite lets write at a time.)
type writer struct {
	db    *sql.DB
	queue chan write
	stop  chan struct{}
	once  sync.Once
	ended chan struct{}
}

func newWriter(db *sql.DB) *writer {
	w := &writer{db: db, queue: make(chan write, maxBatch), stop: make(chan struct{}), ended: make(chan struct{})}
	go w.run()
	return w
}

// close ends the writer; what waits still is refused.
func (w *writer) close() {
	w.once.Do(func() { close(w.stop) })
	<-w.ended
}

// commit has do run in a transaction and returns when that is on disk. If ctx
// ends first it may be written all the same.
func (w *writer) commit(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	x := write{do, ctx, make(chan error, 1)}
	select {
	case w.queue <- x:
	case <-w.ended:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-x.done:
		return err
	case <-w.ended:
		select {
		case err := <-x.done:
			return err
		default:
			return errClosed
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) run() {
	defer close(w.ended)
	var last time.Time
	every := commitEvery
	for {
		select {
		case x := <-w.queue:
			if wait := every - time.Since(last); wait > 0 {
				select {
				case <-time.After(wait):
				case <-w.stop:
				}
			}
			xs := w.batch(x)
			w.write(xs)
			last, every = time.Now(), commitEvery
			if len(xs) >= manyWrites {
				every = commitLoaded
			}
		case <-w.stop:
			return
		}
	}
}

// batch is first and what waits behind it.
func (w *writer) batch(first write) []write {
	xs := []write{first}
	for len(xs) < maxBatch {
		select {
		case x := <-w.queue:
			xs = append(xs, x)
		default:
			return xs
		}
	}
	return xs
}

// write commits xs together. If that fails each has a transaction of its own,
// so that one that cannot be written keeps nobody else from the disk.
func (w *writer) write(xs []write) {
	err := w.together(xs)
	for _, x := range xs {
		if err != nil && len(xs) > 1 {
			x.done <- w.together([]write{x})
			continue
		}
		x.done <- err
	}
}

func (w *writer) together(xs []write) error {
	ctx := xs[0].ctx // the one who has waited longest gives up first
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	// The statements are not watched for ctx's end, each by a goroutine: the
	// busy time-out bounds them.
	unwatched := context.WithoutCancel(ctx)
	for _, x := range xs {
		if err := x.do(unwatched, tx); err != nil {
			tx.Rollback() //nolint:errcheck // the first error is the one that counts
			return err
		}
	}
	return tx.Commit()
}
