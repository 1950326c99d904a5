package fallback

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"parley/speech"
)

// Synthesizer implements speech.Synthesizer by a list of them.
//
// A voice "flite:slt" asks the provider called flite first. All others, and a
// voice without a colon, go through the providers of the language in their
// order. The next one speaks with its own default voice, unless the
// utterance's voice named no provider. What was given is not spoken again: the
// next one goes on behind the last mark.
type Synthesizer struct{ *chain[speech.Synthesizer] }

// NewSynthesizer returns a Synthesizer.
func NewSynthesizer(c Config, log *slog.Logger, providers ...Provider[speech.Synthesizer]) (*Synthesizer, error) {
	l, err := newChain(kindSynthesizer, c, log, providers)
	if err != nil {
		return nil, err
	}
	return &Synthesizer{l}, nil
}

// Speak implements speech.Synthesizer.
func (s *Synthesizer) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	list, first, err := s.order(u)
	if err != nil {
		return err
	}
	list = s.awake(ctx, list)
	if len(list) == 0 {
		return fmt.Errorf("no provider speaks %q: %w", u.Language, speech.ErrNoVoice)
	}
	sp := &spoken{u: u, out: out}
	var failed error
	for at, retried := 0, false; at < len(list); {
		i := list[at]
		s.breakers[i].ask()
		err := sp.speak(ctx, s.providers[i].Provider, first(i))
		if sp.outErr != nil || ctx.Err() != nil {
			s.breakers[i].done(context.Canceled)
			return err
		}
		s.done(i, err)
		if err == nil {
			return nil
		}
		failed = worse(failed, err)
		last := at == len(list)-1
		switch {
		case !elsewhere(err):
			return err
		case again(err) && !retried && (!sp.heard || last):
			retried = true
			s.decided(ctx, i, err, speech.DecisionRetry, s.providers[i].Name)
		default:
			at, retried = at+1, false
			if speech.FaultOf(err) != "no-voice" {
				s.toNext(ctx, i, err, list[at:])
			}
		}
	}
	return failed
}

// order returns whom to ask, and with what voice each.
func (s *Synthesizer) order(u speech.Utterance) (list []int, voice func(int) string, err error) {
	name, rest, named := strings.Cut(u.Voice, ":")
	list = s.forLanguage(u.Language)
	if !named {
		return list, func(int) string { return u.Voice }, nil
	}
	who := slices.IndexFunc(s.providers, func(p Provider[speech.Synthesizer]) bool { return p.Name == name })
	if who < 0 {
		return nil, nil, fmt.Errorf("no provider is called %q: %w", name, speech.ErrNoVoice)
	}
	list = append([]int{who}, slices.DeleteFunc(list, func(i int) bool { return i == who })...)
	return list, func(i int) string {
		if i == who {
			return rest
		}
		return ""
	}, nil
}

// spoken is how far an utterance has come.
type spoken struct {
	u       speech.Utterance
	out     func(speech.Chunk) error
	outErr  error
	samples int64
	bytes   int  // Text[:bytes] has been given
	heard   bool // the last attempt gave something
}

// speak has the rest of the utterance spoken.
func (s *spoken) speak(ctx context.Context, by speech.Synthesizer, voice string) error {
	rest := s.u
	rest.Text, rest.Voice = s.u.Text[s.bytes:], voice
	samples, bytes := s.samples, s.bytes
	s.heard = false
	return by.Speak(ctx, rest, func(c speech.Chunk) error {
		s.heard = true
		for i := range c.Marks {
			c.Marks[i].Sample += samples
			c.Marks[i].Byte += bytes
			s.bytes = max(s.bytes, min(c.Marks[i].Byte, len(s.u.Text)))
		}
		s.samples += int64(len(c.PCM))
		s.outErr = s.out(c)
		return s.outErr
	})
}
