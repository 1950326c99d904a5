package sip

import (
	"sync"
	"time"
)

// actor runs what concerns a call one after the other: its inbox. There is no
// goroutine of its own: whoever posts into an inbox that nobody works at does
// the work, his own and what others post meanwhile. Nobody ever waits to post,
// so nobody can be held up by a call; and since what is posted never waits
// either, nobody is held up by the work.
type actor struct {
	mu     sync.Mutex
	queue  []func()
	busy   bool // somebody works at it, or it has not been started
	closed bool
	// guard runs a function of the inbox and survives its panic; last runs
	// after all others, once.
	guard func(func())
	last  func()

	over bool // the actor's own: set by it to end itself
}

// maxInbox bounds what the network may put into an inbox.
const maxInbox = 64

// init makes an actor that collects what is posted until start.
func (a *actor) init(guard func(func()), last func()) {
	a.busy, a.guard, a.last = true, guard, last
}

// start begins with what has been posted.
func (a *actor) start() { a.work() }

// post has f run by the actor, in order. After the actor's end it reports
// false. What was posted before the end runs in any case, and sees over.
func (a *actor) post(f func()) bool { return a.enqueue(f, false) }

// postBounded is post for what a peer can cause at will: it reports false if
// the inbox is full.
func (a *actor) postBounded(f func()) bool { return a.enqueue(f, true) }

func (a *actor) enqueue(f func(), bounded bool) bool {
	a.mu.Lock()
	if a.closed || bounded && len(a.queue) >= maxInbox {
		a.mu.Unlock()
		return false
	}
	a.queue = append(a.queue, f)
	if a.busy {
		a.mu.Unlock()
		return true
	}
	a.busy = true
	a.mu.Unlock()
	a.work()
	return true
}

// work empties the inbox. Only who has set busy calls it.
func (a *actor) work() {
	for {
		fs, closed := a.take()
		if closed {
			a.last()
			return
		}
		if fs == nil {
			return
		}
		for _, f := range fs {
			a.guard(f)
		}
	}
}

// take returns what is in the inbox. With nothing in it the work is done, or
// the actor has ended.
func (a *actor) take() (fs []func(), closed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		a.busy, a.closed = false, a.over
		return nil, a.closed
	}
	fs, a.queue = a.queue, nil
	return fs, false
}

// alarmID names the timers of a dialog. Every state has at least one.
type alarmID uint8

const (
	alarmRing        alarmID = iota // unanswered for too long
	alarmProvisional                // §13.3.1.1: proxies forget after 3 minutes
	alarmRetransmit                 // §13.3.1.4: the 2xx again
	alarmACK                        // §13.3.1.4: no ACK within 64*T1
	alarmHop                        // RFC 3263 §4.3: an address that stays silent
	alarmCancel                     // §9.1: no final response to what we cancelled
	alarmMedia                      // the party has gone silent
	alarmOrder                      // a request that is missing in the order of CSeq
	alarmReINVITE                   // a re-INVITE that came before the last one's ACK
	alarmReliable                   // RFC 3262 §3: the reliable provisional response again
	alarmPRACK                      // RFC 3262 §3: no PRACK within 64*T1
	alarmOffer                      // an offer of ours to be made again, after 491
	alarmSession                    // RFC 4028: the session wants its refresh, or has missed it
	alarmTransfer                   // a transfer that comes to no end
	alarmLeave                      // the other end was to say BYE
)

// alarms are the timers of one dialog; they run on its actor.
type alarms struct {
	post func(func()) bool
	set  map[alarmID]*time.Timer
}

func newAlarms(post func(func()) bool) alarms {
	return alarms{post, make(map[alarmID]*time.Timer)}
}

// arm has f run by the actor after d. It replaces an alarm of the same name.
func (a *alarms) arm(id alarmID, d time.Duration, f func()) {
	a.disarm(id)
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		a.post(func() {
			if a.set[id] == t {
				delete(a.set, id)
				f()
			}
		})
	})
	a.set[id] = t
}

func (a *alarms) disarm(id alarmID) {
	if t := a.set[id]; t != nil {
		t.Stop()
		delete(a.set, id)
	}
}

func (a *alarms) disarmAll() {
	for id := range a.set {
		a.disarm(id)
	}
}
