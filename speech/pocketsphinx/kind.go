package pocketsphinx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

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
	idle   chan *decoder
}

// Kind serves utterances in an engine child. The first decoder is set up
// before the child is ready, the others in the background.
func Kind(b []byte) (func(*engine.Task) error, error) {
	var s settings
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("settings of the recogniser: %w", err)
	}
	h := &host{reject: s.Reject, idle: make(chan *decoder, s.Decoders)}
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
	g := newGrammar(r.Phrases, d.knows)
	if len(g.dropped) > 0 {
		if err := t.Send(encode(answer{Dropped: g.dropped})); err != nil {
			return err
		}
	}
	u := utterance{d: d, r: r, g: g, reject: h.reject}
	if err := u.start(); err != nil {
		return err
	}
	defer u.abandon()
	for {
		b, err := t.Recv()
		if err == io.EOF {
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

// utterance is one decoding.
type utterance struct {
	d       *decoder
	r       request
	g       grammar
	reject  float64
	running bool
	wide    []int16 // the audio at the decoder's rate; all of it with open hints
	heard   int     // samples decoded
	looked  int     // samples at the last look
	shown   string
}

// mute reports that nothing can be understood: closed hints without a phrase.
func (u *utterance) mute() bool { return u.r.Closed && u.g.jsgf == "" }

func (u *utterance) start() error {
	if u.mute() {
		return nil
	}
	jsgf := ""
	if u.r.Closed {
		jsgf = u.g.jsgf
	}
	err := u.d.start(jsgf)
	u.running = err == nil
	return err
}

// write decodes audio and, every 100 ms of it, looks for new text.
func (u *utterance) write(b []byte) (text string, changed bool, err error) {
	if u.mute() || u.heard >= longestSpeech {
		return "", false, nil
	}
	if !u.keeps() {
		u.wide = u.wide[:0]
	}
	before := len(u.wide)
	u.wide = appendWide(u.wide, b, u.r.Rate)
	if err := u.d.write(u.wide[before:]); err != nil {
		return "", false, err
	}
	if u.heard += len(u.wide) - before; u.heard-u.looked < partialEvery {
		return "", false, nil
	}
	u.looked = u.heard
	if text = u.said(u.d.partial()); text == u.shown || text == "" {
		return "", false, nil
	}
	u.shown = text
	return text, true, nil
}

// keeps reports whether the audio is decoded again at the end: with open hints.
func (u *utterance) keeps() bool { return !u.r.Closed && u.g.jsgf != "" }

// final ends the utterance. With open hints the audio is decoded once more by
// the grammar of the phrases, which costs a hundredth of its length: a phrase
// that fits well wins over the free form.
func (u *utterance) final() (answer, error) {
	if u.mute() {
		return answer{Final: true}, nil
	}
	h, err := u.end()
	if err != nil {
		return answer{}, err
	}
	if u.r.Closed {
		return u.phrase(h, u.reject), nil
	}
	free := answer{Final: true, Text: h.text, Confidence: h.posterior}
	if !u.keeps() {
		return free, nil
	}
	if u.running = true; u.d.start(u.g.jsgf) != nil {
		return answer{}, errors.New("decode again with the hints")
	}
	if err := u.d.write(u.wide); err != nil {
		return answer{}, err
	}
	if h, err = u.end(); err != nil {
		return answer{}, err
	}
	if a := u.phrase(h, u.reject*5/6); a.Text != "" {
		return a, nil
	}
	return free, nil
}

// phrase judges what the grammar made of the utterance. A grammar always finds
// something; what fits badly, or is mostly noises, is something else.
func (u *utterance) phrase(h hypothesis, reject float64) answer {
	a := answer{Final: true}
	if h.words == 0 || h.score < reject || h.fillers > h.words {
		return a
	}
	if a.Text = u.g.phrases[h.text]; a.Text != "" {
		a.Confidence = 1 / (1 + math.Exp((u.reject-h.score)/5))
	}
	return a
}

// said maps the decoder's words to the phrase's, as far as they are one.
func (u *utterance) said(text string) string {
	if phrase, ok := u.g.phrases[text]; ok && u.r.Closed {
		return phrase
	}
	return text
}

func (u *utterance) end() (hypothesis, error) {
	u.running = false
	return u.d.end()
}

// abandon leaves the decoder ready for the next utterance.
func (u *utterance) abandon() {
	if u.running {
		_, _ = u.end() // nobody wants to know
	}
}
