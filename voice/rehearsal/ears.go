package rehearsal

import (
	"context"
	"sync"

	"parley/speech"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/score"
)

// Ears gives a take its recogniser. position tells how much of the take has
// been heard. nil is no recogniser: utterances have no text.
type Ears func(t *corpus.Take, position func() int64) speech.Recognizer

// Recognised are the ears of a recogniser that takes its time: time stands
// still while it makes up its mind about an utterance.
func Recognised(r speech.Recognizer) Ears {
	return func(*corpus.Take, func() int64) speech.Recognizer { return r }
}

// deaf is no recogniser: what it is given has no words.
type deaf struct{}

func (deaf) Open(_ context.Context, _ speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	return &deafEar{deliver: deliver}, nil
}

type deafEar struct {
	deliver func(speech.Result)
	id      int
}

func (e *deafEar) Start(id int, _ speech.Hints) { e.id = id }
func (e *deafEar) Write([]int16)                {}
func (e *deafEar) Stop()                        { e.deliver(speech.Result{Utterance: e.id, Final: true}) }
func (e *deafEar) Abandon()                     {}
func (e *deafEar) Close()                       {}

// witness stands before a recogniser: it writes down which stretches of the
// caller are given to it, and holds back time until a final text has come.
type witness struct {
	speech.Recognizer
	position func() int64
	work     *voice.Work

	mu         sync.Mutex
	utterances []score.Utterance
	awaited    map[int]bool
}

func (w *witness) Open(ctx context.Context, f speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	w.awaited = map[int]bool{}
	r, err := w.Recognizer.Open(ctx, f, func(r speech.Result) {
		deliver(r)
		if r.Final || r.Err != nil {
			w.settle(r.Utterance)
		}
	})
	if err != nil {
		return nil, err
	}
	return &witnessed{witness: w, Recognition: r}, nil
}

// settle lets time pass again if it was held back for an utterance.
func (w *witness) settle(id int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.awaited[id] {
		delete(w.awaited, id)
		w.work.End()
	}
}

// heard returns the utterances so far.
func (w *witness) heard() []score.Utterance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.utterances
}

// witnessed is one call's. The session's owner uses it.
type witnessed struct {
	speech.Recognition
	*witness
	id       int
	open     bool
	started  int64
	lookBack int64
}

func (e *witnessed) Start(id int, h speech.Hints) {
	e.note()
	e.id, e.open, e.started, e.lookBack = id, true, e.position(), 0
	e.Recognition.Start(id, h)
}

// Write: what comes before time has passed is the look-back.
func (e *witnessed) Write(pcm []int16) {
	if e.position() == e.started {
		e.lookBack += int64(len(pcm))
	}
	e.Recognition.Write(pcm)
}

func (e *witnessed) Stop() {
	e.note()
	e.mu.Lock()
	e.awaited[e.id] = true
	e.mu.Unlock()
	e.work.Begin()
	e.Recognition.Stop()
}

func (e *witnessed) Abandon() {
	e.note()
	e.Recognition.Abandon()
}

func (e *witnessed) Close() {
	e.note()
	e.Recognition.Close()
}

// note writes down the open utterance, which ends.
func (e *witnessed) note() {
	if !e.open {
		return
	}
	e.open = false
	e.mu.Lock()
	defer e.mu.Unlock()
	e.utterances = append(e.utterances, score.Utterance{From: max(e.started-e.lookBack, 0), To: e.position()})
}
