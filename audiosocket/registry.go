package audiosocket

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/call"
)

var (
	// ErrBusy means that every session is taken or reserved.
	ErrBusy = call.WithCause(call.Overloaded, errors.New("audiosocket: no free session"))
	// ErrDraining means that no sessions are taken because we shut down.
	ErrDraining = call.WithCause(call.Draining, errors.New("audiosocket: draining"))
	// errUnknown refuses a UUID that was not announced, or was used before.
	errUnknown = errors.New("uuid was not announced or is used up")
)

const (
	// outcomeTime and outcomeCount bound how long and how many outcomes are
	// kept; a UUID cannot be used again meanwhile.
	outcomeTime  = 10 * time.Minute
	outcomeCount = 20000
)

// registry knows which sessions are announced, how many run and how the last
// ones ended.
type registry struct {
	limit   int
	expires time.Duration

	mu        sync.Mutex
	draining  bool
	announced map[uuid.UUID]*reservation
	active    int
	taken     uint64
	past      map[uuid.UUID]past
	order     []age // of past, oldest first
}

type reservation struct {
	announcement call.Announcement
	timer        *time.Timer
}

// past is a session that has begun. Only announced ones are used up.
type past struct {
	announced bool
	since     time.Time
	over      bool // outcome is valid
	outcome   call.Outcome
}

// age is a place in the order of forgetting.
type age struct {
	id    uuid.UUID
	since time.Time
}

func newRegistry(limit int, expires time.Duration) *registry {
	return &registry{
		limit:     limit,
		expires:   expires,
		announced: make(map[uuid.UUID]*reservation),
		past:      make(map[uuid.UUID]past),
	}
}

// announce reserves capacity for a session until it connects, its time is
// over or release is called.
func (r *registry) announce(a call.Announcement) (release func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.free(); err != nil {
		return nil, err
	}
	_, waiting := r.announced[a.UUID]
	if _, used := r.past[a.UUID]; used || waiting {
		return nil, call.WithCause(call.BadRequest, fmt.Errorf("announce %s: the uuid is not new", a.UUID))
	}
	n := &reservation{announcement: a}
	release = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		n.timer.Stop()
		if r.announced[a.UUID] == n {
			delete(r.announced, a.UUID)
		}
	}
	n.timer = time.AfterFunc(r.expires, release)
	r.announced[a.UUID] = n
	return release, nil
}

// free says whether there is room for one more.
func (r *registry) free() error {
	switch {
	case r.draining:
		return ErrDraining
	case r.active+len(r.announced) >= r.limit:
		return ErrBusy
	}
	return nil
}

// enter begins the session of a UUID that has connected. foreign makes the
// announcement of one that nobody announced, or is nil to refuse it.
func (r *registry) enter(id uuid.UUID, foreign func() call.Announcement) (a call.Announcement, announced bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var n *reservation
	n, announced = r.announced[id]
	switch {
	case announced:
		n.timer.Stop()
		delete(r.announced, id)
		a = n.announcement
	case foreign == nil || r.past[id].announced:
		return a, false, errUnknown
	default:
		if err := r.free(); err != nil {
			return a, false, err
		}
		a = foreign()
	}
	r.active++
	r.taken++
	r.remember(id, past{announced: announced, since: time.Now()})
	return a, announced, nil
}

// tell keeps the outcome of a session, nil if it has none.
func (r *registry) tell(id uuid.UUID, announced bool, outcome *call.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := past{announced: announced, since: time.Now(), over: outcome != nil}
	if outcome != nil {
		p.outcome = *outcome
	}
	r.remember(id, p)
}

// leave ends a session: there is room for another.
func (r *registry) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active--
}

// remember keeps p as the newest, and forgets what is too old or too much.
func (r *registry) remember(id uuid.UUID, p past) {
	r.past[id] = p
	r.order = append(r.order, age{id, p.since})
	for len(r.order) > 0 {
		oldest := r.order[0]
		outdated := !r.past[oldest.id].since.Equal(oldest.since) // it stands further back, too
		if !outdated && len(r.order) <= outcomeCount && time.Since(oldest.since) < outcomeTime {
			return
		}
		r.order = r.order[1:]
		if !outdated {
			delete(r.past, oldest.id)
		}
	}
}

// outcome tells how the session of id ended.
func (r *registry) outcome(id uuid.UUID) (call.Outcome, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.past[id]
	if !p.over || time.Since(p.since) >= outcomeTime {
		return call.Outcome{}, false
	}
	return p.outcome, true
}

// drain takes no more sessions.
func (r *registry) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = true
}
