package pocketsphinx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"parley/speech/engine"
)

// Name is what the children of this recogniser are called.
const Name = "pocketsphinx"

const (
	decoderRate   = 16000
	partialEvery  = decoderRate / 10 // samples between two looks at the text
	longestSpeech = 60 * decoderRate // what is said later is not heard
)

// host is one child: its warm decoders.
type host struct {
	reject float64
	free   bool
	idle   chan *decoder
}

// Kind serves utterances in an engine child. The first decoder is set up
// before the child is ready, the others in the background.
func Kind(b []byte) (func(*engine.Task) error, error) {
	var s settings
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("settings of the recogniser: %w", err)
	}
	h := &host{reject: s.Reject, free: s.Model.Language != "", idle: make(chan *decoder, s.Decoders)}
	first, err := newDecoder(s.Model)
	if err != nil {
		return nil, err
	}
	h.idle <- first
	go func() {
		for range s.Decoders - 1 {
			d, err := newDecoder(s.Model)
			if err != nil { // what loaded once does not load again: memory
				panic(err)
			}
			h.idle <- d
		}
	}()
	return h.serve, nil
}

func (h *host) serve(t *engine.Task) error {
	var r request
	if err := json.Unmarshal(t.Request, &r); err != nil {
		return fmt.Errorf("request for the recogniser: %w", err)
	}
	select {
	case d := <-h.idle:
		defer func() { h.idle <- d }()
		return h.listen(t, d, r)
	case <-t.Cancelled():
		return engine.ErrCancelled
	}
}

// listen decodes one utterance and answers with partial texts and the final.
func (h *host) listen(t *engine.Task, d *decoder, r request) error {
	g := newGrammar(r.Phrases, d)
	if len(g.dropped) > 0 {
		if err := t.Send(encode(answer{Dropped: g.dropped})); err != nil {
			return err
		}
	}
	u := utterance{d: d, r: r, g: g, reject: h.reject, free: h.free}
	if err := u.start(); err != nil {
		return err
	}
	defer u.abandon()
	for {
		b, err := t.Recv()
		if errors.Is(err, io.EOF) {
			final, err := u.final()
			if err != nil {
				return err
			}
			return t.Send(encode(final))
		}
		if err != nil {
			return err
		}
		text, changed, err := u.write(b)
		if err != nil {
			return err
		}
		if changed {
			if err := t.Send(encode(answer{Text: text})); err != nil {
				return err
			}
		}
	}
}
