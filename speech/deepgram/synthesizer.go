package deepgram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"parley/speech"
	"parley/speech/shape"
)

const (
	maxText  = 5000 // bytes of one utterance
	maxSpeak = 1900 // bytes of one Speak message; the service takes 2000 characters
)

// Synthesizer implements speech.Synthesizer. Its connections serve one
// utterance after another.
type Synthesizer struct {
	c      Config
	client *client
	works  chan struct{}
	pool   *pool
}

// NewSynthesizer returns a Synthesizer. It asks nothing of the service yet.
// dial is nil but in tests.
func NewSynthesizer(c Config, dial Dial) (*Synthesizer, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	k := newClient(c, dial)
	return &Synthesizer{c: c, client: k, works: make(chan struct{}, c.Speak.Works), pool: newPool(k)}, nil
}

// Close ends the connections that are kept open, and waits for those that are
// being cleared.
func (s *Synthesizer) Close() { s.pool.close() }

var voiceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*-[a-z]{2}$`)

func isVoice(name string) bool { return voiceName.MatchString(name) }

// Speaks says why there is no voice of that name (empty: any) for a language.
// Which voices exist only the service knows.
func Speaks(c Config, language, voice string) error {
	_, err := c.voice(language, voice)
	return err
}

// voice returns the model that speaks.
func (c Config) voice(language, name string) (string, error) {
	if name != "" {
		if !isVoice(name) {
			return "", fmt.Errorf("deepgram: %q is no voice such as aura-2-thalia-en: %w", name, speech.ErrNoVoice)
		}
		return name, nil
	}
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	for _, v := range c.Speak.Voices {
		if base == "" || strings.HasSuffix(v, "-"+base) {
			return v, nil
		}
	}
	return "", fmt.Errorf("deepgram: no voice of speech.deepgram.speak.voices is for %q: %w", language, speech.ErrNoVoice)
}

// Speak implements speech.Synthesizer. Marks are estimates: while the audio
// comes they lie late rather than early, and once all of it is there they
// divide it by letters.
func (s *Synthesizer) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	voice, err := s.c.voice(u.Language, u.Voice)
	if err != nil {
		return err
	}
	if len(u.Text) > maxText {
		return fmt.Errorf("deepgram speaks %d bytes at once, not %d", maxText, len(u.Text))
	}
	if len(shape.Words(u.Text)) == 0 {
		return ctx.Err() // nothing to say
	}
	select {
	case s.works <- struct{}{}:
		defer func() { <-s.works }()
	default:
		return fmt.Errorf("deepgram speaks %d utterances: %w", s.c.Speak.Works, speech.ErrBusy)
	}
	query := url.Values{"model": {voice}, "encoding": {"linear16"}, "sample_rate": {strconv.Itoa(u.Rate)}}
	if u.Speed != 0 && u.Speed != 1 {
		query.Set("speed", strconv.FormatFloat(min(max(u.Speed, 0.7), 1.5), 'g', 3, 64))
	}
	for fresh := false; ; fresh = true {
		l, kept, err := s.pool.get(ctx, query, fresh)
		if err != nil {
			return err
		}
		heard := false
		err = s.speak(ctx, l, u, func(c speech.Chunk) error {
			heard = true
			return out(c)
		})
		if kept && !heard && errors.Is(err, speech.ErrBroken) {
			continue // it died while it was kept
		}
		return err
	}
}

// speak has one utterance spoken by a line, and gives the line back or up.
func (s *Synthesizer) speak(ctx context.Context, l *line, u speech.Utterance, out func(speech.Chunk) error) error {
	sp, err := newSpoken(u, out)
	if err != nil {
		s.pool.put(l)
		return err
	}
	if err := s.order(ctx, l, u.Text); err != nil {
		s.pool.drop(l)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	wait := s.c.Speak.FirstTimeout
	for {
		m, err := l.next(ctx, wait)
		switch {
		case ctx.Err() != nil:
			s.pool.clear(l)
			return ctx.Err()
		case err != nil:
			s.pool.drop(l)
			return err
		case m.flushed:
			s.pool.put(l)
			return sp.close()
		}
		if err := sp.write(m.pcm); err != nil {
			if sp.endless {
				s.pool.drop(l)
			} else {
				s.pool.clear(l)
			}
			return err
		}
		wait = s.c.Speak.GapTimeout
	}
}

// order sends the text and asks for all of its audio.
func (s *Synthesizer) order(ctx context.Context, l *line, text string) error {
	for _, part := range parts(text) {
		if err := l.send(ctx, map[string]string{"type": "Speak", "text": part}); err != nil {
			return err
		}
	}
	return l.flush(ctx)
}

// parts cuts a text into messages that the service takes.
func parts(text string) []string {
	var all []string
	for len(text) > maxSpeak {
		cut := strings.LastIndexAny(text[:maxSpeak], " \n")
		if cut <= 0 {
			cut = len(strings.ToValidUTF8(text[:maxSpeak], ""))
		}
		all = append(all, text[:cut])
		text = text[cut:]
	}
	return append(all, text)
}
