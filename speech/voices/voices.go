// Package voices chooses who speaks: a Synthesizer made of several, by voice
// and language, with the others as a fall-back.
package voices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"parley/speech"
)

// Provider is one of those who can speak.
type Provider struct {
	// Name stands before a colon in speech.Utterance.Voice: "flite:slt".
	Name string
	// Languages are the BCP 47 tags it is asked for, "en" standing for every
	// "en-…"; none means all.
	Languages   []string
	Synthesizer speech.Synthesizer
}

// Chooser implements speech.Synthesizer.
//
// A voice "flite:slt" asks the provider called flite first. All others, and a
// voice without a colon, go through the providers in their order. The next one
// is asked when one does not speak the language (speech.ErrNoVoice), is busy or
// unavailable, as long as nothing was heard; it speaks with its own default
// voice, unless the utterance's voice named no provider.
type Chooser struct {
	providers []Provider
	log       *slog.Logger
}

// New returns a Chooser. The names must differ.
func New(log *slog.Logger, providers ...Provider) (*Chooser, error) {
	for i, p := range providers {
		if p.Name == "" || strings.Contains(p.Name, ":") || slices.ContainsFunc(providers[:i], func(o Provider) bool { return o.Name == p.Name }) {
			return nil, fmt.Errorf("voices: the name %q of provider %d is empty, used twice or has a colon", p.Name, i)
		}
	}
	return &Chooser{providers: slices.Clone(providers), log: log}, nil
}

// Speak implements speech.Synthesizer.
func (c *Chooser) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	tries, err := c.order(u)
	if err != nil {
		return err
	}
	var failed error
	for _, t := range tries {
		heard := false
		err := t.provider.Synthesizer.Speak(ctx, t.u, func(ch speech.Chunk) error {
			heard = true
			return out(ch)
		})
		if err == nil || heard || ctx.Err() != nil || !elsewhere(err) {
			return err
		}
		if !errors.Is(err, speech.ErrNoVoice) {
			c.log.Warn("voice cannot speak, asking the next", "provider", t.provider.Name, "err", err)
		}
		failed = worse(failed, err)
	}
	if failed == nil {
		failed = fmt.Errorf("no provider speaks %q: %w", u.Language, speech.ErrNoVoice)
	}
	return failed
}

// elsewhere reports whether another provider may do better.
func elsewhere(err error) bool {
	return errors.Is(err, speech.ErrNoVoice) || errors.Is(err, speech.ErrBusy) || errors.Is(err, speech.ErrUnavailable)
}

// worse keeps the error that says more: that nobody knows the voice only if no
// one could have spoken.
func worse(old, err error) error {
	if old == nil || errors.Is(old, speech.ErrNoVoice) {
		return err
	}
	return old
}

type try struct {
	provider Provider
	u        speech.Utterance
}

// order returns whom to ask, and for what voice.
func (c *Chooser) order(u speech.Utterance) ([]try, error) {
	name, voice, named := strings.Cut(u.Voice, ":")
	var tries []try
	if named {
		i := slices.IndexFunc(c.providers, func(p Provider) bool { return p.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no provider is called %q: %w", name, speech.ErrNoVoice)
		}
		u.Voice = voice
		tries = append(tries, try{c.providers[i], u})
		u.Voice = ""
	}
	for _, p := range c.providers {
		if p.speaks(u.Language) && !(named && p.Name == name) {
			tries = append(tries, try{p, u})
		}
	}
	return tries, nil
}

func (p Provider) speaks(language string) bool {
	tag := strings.ToLower(language)
	return len(p.Languages) == 0 || tag == "" || slices.ContainsFunc(p.Languages, func(l string) bool {
		l = strings.ToLower(l)
		return l == tag || strings.HasPrefix(tag, l+"-")
	})
}
