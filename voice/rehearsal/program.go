package rehearsal

import (
	"context"
	"fmt"
	"sync"

	"parley/speech"
	"parley/voice/corpus"
	"parley/voice/score"
)

// program says a take's line, and then its answer to everything.
type program struct {
	take     *corpus.Take
	position func() int64

	mu       sync.Mutex
	answered map[int]score.Request // what was asked, by epoch
	requests []score.Request
}

// Reply implements voice.Program. It answers at once.
func (p *program) Reply(_ context.Context, epoch int, in speech.Input, deliver func(speech.Answer) error) error {
	text := p.take.Line
	if !in.Begin {
		text = p.take.Answer
		p.mu.Lock()
		if p.answered == nil {
			p.answered = make(map[int]score.Request)
		}
		p.answered[epoch] = score.Request{Text: in.Text}
		p.mu.Unlock()
	}
	if text != "" {
		if err := deliver(speech.Answer{Line: &speech.Line{Text: text}}); err != nil {
			return err
		}
	}
	return deliver(speech.Answer{Listen: p.hearing()})
}

// hearing is how the flow listens.
func (p *program) hearing() *speech.Hearing {
	h := &speech.Hearing{}
	if p.take.Class.Slot == string(speech.SlotDictation) {
		h.Slot = speech.SlotDictation
	}
	if p.take.Class.Expects {
		h.Hints.Phrases = []string{"yes", "no", p.take.Text}
	}
	return h
}

// Commit implements voice.Program. What is asked counts from here on: what is
// dropped unheard was not asked.
func (p *program) Commit(epoch int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r, ok := p.answered[epoch]; ok {
		r.At = p.position()
		p.requests = append(p.requests, r)
	}
}

func (p *program) Heard(int, string) {}

// asked returns the requests so far.
func (p *program) asked() []score.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// voices are a synthesizer of lines that are made already.
type voices map[string][]int16

// Speak implements speech.Synthesizer. A line of the loop's own, which nobody
// has made, is a second of hum.
func (v voices) Speak(_ context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	pcm, ok := v[u.Text]
	if !ok {
		pcm = make([]int16, u.Rate)
		for i := range pcm {
			pcm[i] = int16(2000 * (i / 40 % 2))
		}
	}
	if u.Rate != score.Rate {
		return fmt.Errorf("the corpus has %d Hz, not %d: %w", score.Rate, u.Rate, speech.ErrNoVoice)
	}
	return out(speech.Chunk{PCM: pcm, Marks: []speech.Mark{{Sample: int64(len(pcm)), Byte: len(u.Text)}}})
}
