package sip

import (
	"sync"
	"time"
)

// actor is the goroutine that owns a call and its dialogs, and its inbox.
// Nothing ever waits to post, so nobody can be held up by a call.
type actor struct {
	mu     sync.Mutex
	queue  []func()
	closed bool
	wake   chan struct{}

	over bool // the actor's own: set by it to end itself
}

// maxInbox bounds what the network may put into an inbox.
const maxInbox = 64

func (a *actor) init() { a.wake = make(chan struct{}, 1) }

// post has f run by the actor, in order. After the actor's end it reports
// false. What was posted before the end runs in any case, and sees over.
func (a *actor) post(f func()) bool { return a.enqueue(f, false) }

// postBounded is post for what a peer can cause at will: it reports false if
// the inbox is full.
func (a *actor) postBounded(f func()) bool { return a.enqueue(f, true) }

func (a *actor) enqueue(f func(), bounded bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || bounded && len(a.queue) >= maxInbox {
		return false
	}
	a.queue = append(a.queue, f)
	select {
	case a.wake <- struct{}{}:
	default:
	}
	return true
}

func (a *actor) take() []func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	fs := a.queue
	a.queue = nil
	return fs
}

// run is the actor. It ends when over is set or stop closes.
func (a *actor) run(stop <-chan struct{}) {
	for !a.over {
		select {
		case <-a.wake:
		case <-stop:
			a.over = true
		}
		for _, f := range a.take() {
			f()
		}
	}
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	for _, f := range a.take() {
		f()
	}
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
