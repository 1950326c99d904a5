// Package pocketsphinx is the embedded recogniser: American English, offline,
// by libpocketsphinx in engine children.
//
// Closed hints become a grammar of whole phrases: exact, and a hundredth of a
// core per caller. Without phrases an utterance is understood free form, a
// third of a core per caller, and mostly right. With open hints it is
// understood free form first and once more by the grammar at the end; a phrase
// that fits well is the final text.
package pocketsphinx

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"parley/speech"
	"parley/speech/engine"
	"parley/speech/normalise"
)

// Recognizer implements speech.Recognizer.
type Recognizer struct {
	pool *engine.Pool
	log  *slog.Logger

	mu     sync.Mutex
	warned map[string]bool // phrases that were complained about
}

// maxWarned bounds what is remembered of the complaints.
const maxWarned = 1000

// New starts the children. Close ends them. A missing model is
// speech.ErrUnavailable and names its package.
func New(c Config, log *slog.Logger) (*Recognizer, error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("pocketsphinx: %w: %s: %s; %s", speech.ErrUnavailable, key, what, remedy)
		}
	})
	if problem != nil {
		return nil, problem
	}
	s := settings{Model: c.files(), Decoders: c.Engine.Works, Reject: c.Reject}
	pool, err := engine.NewPool(c.Engine, Name, encode(s), log)
	if err != nil {
		return nil, fmt.Errorf("pocketsphinx: %w", err)
	}
	return &Recognizer{pool: pool, log: log, warned: make(map[string]bool)}, nil
}

// Understands says why a language is not understood (speech.ErrNoVoice).
func Understands(language string) error {
	if lang, _, _ := strings.Cut(strings.ToLower(language), "-"); lang != "en" && lang != "" {
		return fmt.Errorf("pocketsphinx does not understand %q: %w", language, speech.ErrNoVoice)
	}
	return nil
}

// Recognises says why a phrase of an understood language can never be heard:
// it has words that neither the dictionary nor the rules of spelling know.
func Recognises(phrase string) error {
	for _, w := range normalise.Words(phrase) {
		if len(w) > longestGuess || strings.Trim(w, letters+"'") != "" {
			return fmt.Errorf("pocketsphinx cannot hear %q: it knows the letters a to z only", w)
		}
	}
	return nil
}

// Open implements speech.Recognizer.
func (r *Recognizer) Open(ctx context.Context, f speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	if err := Understands(f.Language); err != nil {
		return nil, err
	}
	if f.Rate != 8000 && f.Rate != decoderRate {
		return nil, fmt.Errorf("pocketsphinx hears 8000 and 16000 Hz, not %d: %w", f.Rate, speech.ErrUnavailable)
	}
	return newRecognition(ctx, r, f, deliver), nil
}

// Health tells how the children are doing.
func (r *Recognizer) Health() engine.Health { return r.pool.Health() }

// Close ends the children; open utterances end with speech.ErrUnavailable.
func (r *Recognizer) Close() { r.pool.Close() }

// complain logs phrases that cannot be recognised, each once.
func (r *Recognizer) complain(phrases []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range phrases {
		if !r.warned[p] && len(r.warned) < maxWarned {
			r.warned[p] = true
			r.log.Warn("phrase has words that nobody can pronounce and will not be recognised", "phrase", p)
		}
	}
}
