// Package speech is the vocabulary between the voice loop and those who
// recognise, speak and answer. A vendor's code stands in a folder below.
package speech

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrBusy says that a provider's limit of simultaneous work is reached.
	ErrBusy = errors.New("speech provider is busy")
	// ErrUnavailable says that a provider cannot work at all just now: its
	// process died, its server is gone, its model file is missing.
	ErrUnavailable = errors.New("speech provider is unavailable")
	// ErrNoVoice says that a provider does not speak or know the language.
	ErrNoVoice = errors.New("language or voice is not supported")
)

// Recognizer turns speech into text.
type Recognizer interface {
	// Open begins listening to one call. deliver gets every result, in order,
	// from a goroutine of the recogniser's; it must not block. It is not
	// called after Close has returned.
	// Errors: ErrUnavailable, ErrNoVoice.
	Open(ctx context.Context, f Format, deliver func(Result)) (Recognition, error)
}

// Format is the audio that a Recognition is to get.
type Format struct {
	Rate     int    // Hz: 8000 or 16000
	Language string // BCP 47, for example "en-US"
}

// Recognition listens to one call, utterance by utterance. Its methods are
// called by one goroutine and never block.
type Recognition interface {
	// Start begins an utterance. id, chosen by the caller and rising, comes
	// back in its results. An utterance that is still open is abandoned.
	// A recogniser at its limit delivers a Result with ErrBusy.
	Start(id int, h Hints)
	// Write gives the next samples of the open utterance. pcm is copied.
	Write(pcm []int16)
	// Stop ends the open utterance: exactly one final Result or one with Err
	// follows for it, within Hints.FinalTimeout.
	Stop()
	// Abandon ends the open utterance without a result.
	Abandon()
	// Close ends the Recognition and frees what it holds.
	Close()
}

// Hints say what an utterance may be about.
type Hints struct {
	// Phrases that are expected: example replies and knowledge questions.
	// What fits none of them is understood in free form; with Closed it is
	// not understood, and its text is empty.
	Phrases []string
	Closed  bool
	// FinalTimeout bounds the wait for the final text; 0 means 3 s.
	FinalTimeout time.Duration
}

// Result is what a Recognition understood.
type Result struct {
	Utterance int
	// Text is what was said so far, in the language's own writing, without
	// punctuation that was not spoken. Empty: no word was understood.
	Text string
	// Final: the utterance is over and Text will not change.
	Final bool
	// Confidence of Text, 0 to 1; 0 if the recogniser gives none.
	Confidence float64
	// Err says why there is no text: ErrBusy, ErrUnavailable, a time-out. The
	// utterance is over.
	Err error
}

// Synthesizer turns text into speech.
type Synthesizer interface {
	// Speak streams the audio of one Utterance to out, in order, as it is
	// made, and returns when all of it has been given or ctx ends. out may
	// block (the caller's buffer is full); the chunk's slices are out's to
	// keep. Errors: ErrBusy, ErrUnavailable, ErrNoVoice, ctx's own.
	Speak(ctx context.Context, u Utterance, out func(Chunk) error) error
}

// Utterance is a text to be spoken.
type Utterance struct {
	Text     string
	Language string  // BCP 47
	Voice    string  // the provider's name of it; empty: its default
	Speed    float64 // 1.0 is normal; 0 means 1.0
	Rate     int     // Hz of the audio wanted: 8000 or 16000
}

// Chunk is a piece of spoken audio.
type Chunk struct {
	PCM   []int16
	Marks []Mark
}

// Mark says that the words of Text[:Byte] have been spoken when sample Sample
// of the whole utterance has been played. Marks rise in both.
type Mark struct {
	Sample int64
	Byte   int
}
