// Package oracle is a recogniser that knows the truth. It stands in for a good
// one when the loop's decisions are measured, and so lives with the tests: the
// product has nothing that pretends.
package oracle

import (
	"context"
	"strings"

	"parley/speech"
	"parley/voice/corpus"
	"parley/voice/score"
)

// Delay is how long after its last sample a word is in a partial text, in
// samples: what good streaming recognisers need.
const Delay = score.Rate / 4

// Ears are the oracle's: rehearsal.Ears.
func Ears(t *corpus.Take, position func() int64) speech.Recognizer {
	var words []score.Word
	for _, s := range t.Truth.Spans {
		words = append(words, s.Words...)
	}
	return recognizer{words, position, t.Language}
}

type recognizer struct {
	words    []score.Word
	position func() int64
	language string
}

func (r recognizer) Open(_ context.Context, _ speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	return &ear{recognizer: r, deliver: deliver}, nil
}

type ear struct {
	recognizer
	deliver func(speech.Result)
	id      int
	open    bool
	started int64 // when; what was written until time passed is the look-back
	from    int64
	partial string
}

func (e *ear) Start(id int, _ speech.Hints) {
	e.id, e.open, e.started, e.from, e.partial = id, true, e.position(), e.position(), ""
}

func (e *ear) Write(pcm []int16) {
	at := e.position()
	if at == e.started {
		e.from -= int64(len(pcm))
		return
	}
	if text := e.text(at - Delay); text != e.partial {
		e.partial = text
		e.deliver(speech.Result{Utterance: e.id, Text: text})
	}
}

// Stop gives everything that was said, at once.
func (e *ear) Stop() {
	if e.open {
		e.open = false
		e.deliver(speech.Result{Utterance: e.id, Text: e.text(e.position()), Final: true})
	}
}

func (e *ear) Abandon() { e.open = false }
func (e *ear) Close()   { e.open = false }

// text is the words of this utterance that were over at a position: those of
// which more than half was in it.
func (e *ear) text(until int64) string {
	var ws []string
	for _, w := range e.words {
		if w.To <= until && (w.From+w.To)/2 >= e.from {
			ws = append(ws, w.Text)
		}
	}
	separator := " "
	if e.language == "zh" {
		separator = ""
	}
	return strings.Join(ws, separator)
}
