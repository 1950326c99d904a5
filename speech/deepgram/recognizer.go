package deepgram

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"parley/speech"
	"parley/speech/internal/outbox"
)

// Recognizer implements speech.Recognizer. A Recognition has one connection,
// which serves all utterances of a call.
type Recognizer struct {
	c       Config
	client  *client
	running sync.WaitGroup
}

// NewRecognizer returns a Recognizer. It asks nothing of the service yet. dial
// is nil but in tests.
func NewRecognizer(c Config, dial Dial) (*Recognizer, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Recognizer{c: c, client: newClient(c, dial)}, nil
}

// Close waits for the connections of closed Recognitions.
func (r *Recognizer) Close() { r.running.Wait() }

// Open implements speech.Recognizer. It does not wait for the connection: what
// is wrong with that ends the utterances.
func (r *Recognizer) Open(ctx context.Context, f speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	if f.Rate != 8000 && f.Rate != 16000 {
		return nil, fmt.Errorf("deepgram: audio of %d Hz: %w", f.Rate, speech.ErrUnavailable)
	}
	n := &recognition{
		r: r, f: f, join: " ", outbox: outbox.New(deliver), wake: make(chan struct{}, 1),
	}
	switch base, _, _ := strings.Cut(strings.ToLower(r.language(f)), "-"); base {
	case "zh", "ja", "th":
		n.join = "" // written without spaces
	}
	n.ctx, n.cancel = context.WithCancel(ctx)
	r.running.Go(func() { n.outbox.Run(n.ctx) })
	r.running.Go(n.run)
	return n, nil
}

func (r *Recognizer) language(f speech.Format) string {
	if r.c.Listen.Language != "" {
		return r.c.Listen.Language
	}
	return f.Language
}

// query says how the audio is to be understood. When a turn ends is decided
// here, so the service's own endpointing is off.
func (r *Recognizer) query(f speech.Format) url.Values {
	q := url.Values{
		"model": {r.c.Listen.Model}, "encoding": {"linear16"}, "channels": {"1"}, "sample_rate": {strconv.Itoa(f.Rate)},
		"interim_results": {"true"}, "endpointing": {"false"}, "punctuate": {"false"},
	}
	if l := r.language(f); l != "" {
		q.Set("language", l)
	}
	if r.c.Listen.Numerals {
		q.Set("numerals", "true")
	}
	return q
}
