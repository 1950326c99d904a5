package voice

import (
	"context"
	"sync"
	"time"

	"parley/media"
	"parley/voice/turn"
)

// item is one entry of the owner's queue. One of frame, event, voiced, failed,
// played and answered is set.
type item struct {
	at       time.Duration
	frame    []int16 // with mark
	robot    []int16 // what was played when it began to come
	mark     media.Mark
	event    turn.Event
	voiced   int // the first audio of this epoch was made
	failed   *failedLine
	played   *played
	answered bool // the call that we made is
}

type failedLine struct {
	epoch, line int
	err         error
}

// crowded is the length from which those who can wait, wait. What the tick
// posts is bounded by its frame buffers.
const crowded = 64

// queue is the one ordered queue of a session's events. The tick pushes
// without waiting; everybody else waits while it is crowded.
type queue struct {
	mu    sync.Mutex
	items []item
	spare []item
	ready chan struct{} // holds a token while there are items
	room  chan struct{} // holds a token when a crowd has gone
	work  *Work         // counts the entries until they are dealt with
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// push appends it and never waits.
func (q *queue) push(it item) {
	q.work.Begin()
	q.mu.Lock()
	q.items = append(q.items, it)
	q.mu.Unlock()
	signal(q.ready)
}

// pushIfRoom appends it unless the queue is crowded.
func (q *queue) pushIfRoom(it item) bool {
	q.mu.Lock()
	if len(q.items) >= crowded {
		q.mu.Unlock()
		return false
	}
	q.work.Begin()
	q.items = append(q.items, it)
	q.mu.Unlock()
	signal(q.ready)
	return true
}

// wait appends it when there is room, or gives up when ctx ends.
func (q *queue) wait(ctx context.Context, it item) {
	for !q.pushIfRoom(it) {
		select {
		case <-q.room:
		case <-ctx.Done():
			return
		}
	}
}

// take returns everything that is queued, oldest first. The slice is valid
// until the next take.
func (q *queue) take() []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	got := q.items
	clear(q.spare)
	q.items, q.spare = q.spare[:0], got
	signal(q.room)
	return got
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
