package main

import (
	"context"

	"parley/speech"
)

// instantRecognizer understands at once that something was said.
type instantRecognizer struct{}

func (instantRecognizer) Open(_ context.Context, _ speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	return &instantRecognition{deliver: deliver}, nil
}

type instantRecognition struct {
	deliver func(speech.Result)
	id      int
}

func (r *instantRecognition) Start(id int, _ speech.Hints) { r.id = id }
func (r *instantRecognition) Write([]int16)                {}
func (r *instantRecognition) Stop() {
	r.deliver(speech.Result{Utterance: r.id, Text: "yes", Final: true, Confidence: 1})
}
func (r *instantRecognition) Abandon() {}
func (r *instantRecognition) Close()   {}

// instantVoice has its audio at hand; no sample of it is silent.
type instantVoice struct{ frames int }

func (v instantVoice) Speak(_ context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	size := u.Rate / 50
	pcm := make([]int16, v.frames*size)
	for i := range pcm {
		pcm[i] = 1000
	}
	return out(speech.Chunk{PCM: pcm, Marks: []speech.Mark{{Sample: int64(len(pcm)), Byte: len(u.Text)}}})
}

// talker is a program that always has an answer, and then listens.
type talker struct{}

func (talker) Reply(_ context.Context, _ int, _ speech.Input, deliver func(speech.Answer) error) error {
	if err := deliver(speech.Answer{Line: &speech.Line{Text: "yes"}}); err != nil {
		return err
	}
	return deliver(speech.Answer{Listen: &speech.Hearing{}})
}
func (talker) Commit(int)        {}
func (talker) Heard(int, string) {}
