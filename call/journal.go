package call

import (
	"maps"
	"sync"
	"time"
)

// Event is one entry of a call's journal. Times are milliseconds since the
// journal began, so that they read well in JSON and in a database.
type Event struct {
	At   int64  `json:"at" doc:"milliseconds since the call began"`
	Kind string `json:"kind" doc:"what happened, for example call.answered or turn.cut"`
	// Turn is the number of the turn it belongs to, 0 if none.
	Turn int `json:"turn,omitempty"`
	// Text is what was said, heard or decided.
	Text string `json:"text,omitempty"`
	// Line comes with a line that was said (KindSaid).
	Line *Line `json:"line,omitempty"`
	// Stages come with a turn that was answered (KindTurn).
	Stages *Turn `json:"stages,omitempty"`
	// Attrs holds the rest, by names that each kind documents.
	Attrs map[string]any `json:"attrs,omitempty"`
}

// Kinds of events that others than their writers rely on. The turn machine's
// notes and the states of door and store have kinds of their own, which are
// shown as they are.
const (
	KindRinging  = "call.ringing"
	KindAnswered = "call.answered"
	KindEnded    = "call.ended"  // Text: cause; Attrs: by, code, events_lost
	KindFinished = "program.end" // Text: the reason, for example no-response; Attrs: action, target
	KindProgram  = "program"     // Text: the flow or agent that serves the call
	KindAudio    = "audio.start" // the AudioSocket carries its first frame
	KindState    = "state"       // Text: call/agent/user, as voice/turn names them
	KindHearing  = "hearing"     // Text: what is understood so far
	KindSaid     = "said"        // Line: who said what, when
	KindTurn     = "turn"        // Stages: the times of an answered turn
	KindTag      = "tag"         // Text: name; Attrs: value
	KindVisit    = "visit"       // Text: a flow's node; Attrs: by
	KindDigit    = "digit"       // Text: the digit
	KindProvider = "provider"    // Text: a speech provider or model that failed; Attrs: kind, fault, action, next
	// KindAnswer tells who has taken a call that we made. Text: human, machine,
	// beep, screening, assistant, silence, fax or network; Attrs: was, confidence,
	// after (ms since the answer), policy, reasons, and the evidence.
	KindAnswer = "answer.verdict"
	// KindTurnLog holds everything that the turn machine of a conversation was
	// given, and what it decided, for voice/replay. Attrs: version, machine and
	// config (fingerprints), log.
	KindTurnLog = "log.turns"

	KindTransfer         = "transfer.start"    // Text: the target; Attrs: mode
	KindTransferRoute    = "transfer.route"    // Text: the trunk, user or program that the target leads to
	KindTransferAnswered = "transfer.answered" // the other party talks with the caller
	KindTransferEnd      = "transfer.end"      // Text: a TransferEnd; Attrs: cause, code, seconds
)

// Journal is the ordered event log of one call. It is safe for concurrent
// use; both sides of the AudioSocket seam write to it.
type Journal struct {
	start time.Time
	now   func() time.Time

	mu     sync.Mutex
	events []Event
	subs   map[int]func(Event)
	next   int
	lost   int
	held   int           // by those who still write
	free   chan struct{} // closed when nobody holds it; nil: nobody does
	over   chan struct{} // closed when nothing is added any more
}

// maxEvents bounds a journal's memory: a call that is busier than this loses
// its later events, and the last kept one says so. Its end is never lost: that
// comes after it.
const maxEvents = 20000

// vital events are kept in a full journal too. Each happens once in a call, or
// in each of its conversations.
var vital = map[string]bool{KindAnswered: true, KindFinished: true, KindEnded: true, KindTurnLog: true}

// maxVital bounds them all the same.
const maxVital = 16

// NewJournal starts a journal at start.
func NewJournal(start time.Time) *Journal { return NewJournalBy(start, time.Now) }

// NewJournalBy starts a journal at start whose clock is now: for conversations
// in virtual time.
func NewJournalBy(start time.Time, now func() time.Time) *Journal {
	return &Journal{start: start, now: now, subs: make(map[int]func(Event)), over: make(chan struct{})}
}

// Now returns the time by the journal's clock.
func (j *Journal) Now() time.Time { return j.now() }

// Start returns the time that event offsets count from.
func (j *Journal) Start() time.Time { return j.start }

// Offset returns t in the journal's milliseconds.
func (j *Journal) Offset(t time.Time) int64 { return t.Sub(j.start).Milliseconds() }

// Log appends an event that happened now and gives it to every subscriber.
func (j *Journal) Log(kind, text string, attrs map[string]any) {
	j.Add(Event{At: j.Offset(j.now()), Kind: kind, Text: text, Attrs: attrs})
}

// Add appends e as it is and gives it to every subscriber. After Close it
// does nothing.
func (j *Journal) Add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed() {
		return
	}
	switch n := len(j.events); {
	case vital[e.Kind] && n < maxEvents+maxVital:
		if e.Kind == KindEnded && j.lost > 0 {
			e.Attrs = maps.Clone(e.Attrs)
			if e.Attrs == nil {
				e.Attrs = map[string]any{}
			}
			e.Attrs["events_lost"] = j.lost
		}
	case n >= maxEvents:
		j.lost++
		return
	case n == maxEvents-1:
		j.lost++
		e = Event{At: e.At, Kind: "journal.full", Text: "later events are not kept"}
	}
	j.events = append(j.events, e)
	for _, f := range j.subs {
		f(e)
	}
}

// Events returns a copy of what was logged so far.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Event(nil), j.events...)
}

// Subscribe calls f with every event logged so far and every later one, in
// order. f must not block and must not call the journal. stop ends it.
func (j *Journal) Subscribe(f func(Event)) (stop func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.events {
		f(e)
	}
	n := j.next
	j.next++
	j.subs[n] = f
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.subs, n)
	}
}

// Close ends the journal: nothing is added any more.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed() {
		close(j.over)
	}
}

// Done is closed when the journal has ended.
func (j *Journal) Done() <-chan struct{} { return j.over }

func (j *Journal) closed() bool {
	select {
	case <-j.over:
		return true
	default:
		return false
	}
}
