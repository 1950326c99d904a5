package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"parley/ivr/flow"
	"parley/media"
	"parley/sip/trunk"
	"parley/speech"
	"parley/speech/deepgram"
	"parley/speech/espeak"
	"parley/speech/fallback"
	"parley/speech/flite"
	"parley/speech/pocketsphinx"
	"parley/voice"
)

// world is what flows may rely on, as far as it can be told without starting
// anything.
func (l *loaded) world() flow.World {
	return flow.World{
		Speaks: func(language, name string) error {
			c := l.voiceFor(language, name)
			return l.speaks(c.Language, c.Voice)
		},
		Understands: func(language, phrase string) error {
			return l.understands(cmp.Or(language, l.Voice.Language), phrase)
		},
		Reaches: func(target string) error {
			if user, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(target, "sips:"), "sip:"), "@"); trunk.Emergency(l.SIP.Emergency).Is(user) {
				return errors.New("it is an emergency number, which people dial only")
			}
			return nil
		},
		Model: l.knowsModel,
		Sound: func(name string) error {
			_, err := l.sound(name, 8000)
			return err
		},
	}
}

// voiceFor is the configuration's voice with a flow's language and voice over
// it. A voice of the configuration's is for the configuration's language.
func (l *loaded) voiceFor(language, name string) voice.Config {
	c := l.Voice
	if language != "" && language != c.Language {
		c.Language, c.Voice = language, ""
	}
	if name != "" {
		c.Voice = name
	}
	return c
}

// knower stands for a synthesizer of which only its voices are asked.
type knower func(language, voice string) error

func (k knower) Speak(_ context.Context, u speech.Utterance, _ func(speech.Chunk) error) error {
	return k(u.Language, u.Voice)
}

// speaks says why nobody can speak a language with a voice: it asks those who
// would be asked in a call, in the same order.
func (l *loaded) speaks(language, name string) error {
	knowers := map[string]knower{
		fliteName: flite.Speaks,
		espeakName: func(language, voice string) error {
			return espeak.Speaks(l.Speech.Espeak, language, voice)
		},
		deepgram.Name: func(language, voice string) error {
			return deepgram.Speaks(l.Speech.Deepgram, language, voice)
		},
	}
	provider, _, named := strings.Cut(name, ":")
	var all []fallback.Provider[speech.Synthesizer]
	for i, p := range l.Speech.Synthesizers {
		if uses(l.Speech.Synthesizers[:i], p.Provider) {
			continue // reported elsewhere
		}
		if k := knowers[p.Provider]; k != nil && (!named || p.Provider == provider) { // who is named is wanted, not the fall-back
			all = append(all, fallback.Provider[speech.Synthesizer]{Name: p.Provider, Languages: p.Languages, Provider: k})
		}
	}
	chooser, err := fallback.NewSynthesizer(fallback.Defaults(), slog.New(slog.DiscardHandler), all...)
	if err != nil {
		return err
	}
	return chooser.Speak(context.Background(), speech.Utterance{Language: language, Voice: name}, nil)
}

// understands says why nobody understands a language, or a phrase in it. Only
// the embedded recogniser can be asked; the others understand what they list.
func (l *loaded) understands(language, phrase string) error {
	failed := fmt.Errorf("no recogniser of speech.recognizers is for %q: %w", language, speech.ErrNoVoice)
	for _, p := range l.Speech.Recognizers {
		listed := fallback.Provider[speech.Recognizer]{Languages: p.Languages}
		switch {
		case !listed.Serves(language):
			continue
		case p.Provider != pocketsphinxName:
			return nil
		}
		if failed = pocketsphinx.Understands(language); failed == nil {
			failed = pocketsphinx.Recognises(phrase)
		}
		if failed == nil {
			return nil
		}
	}
	return failed
}

// validateVoice reports a voice of the configuration's that nobody has. That
// espeak-ng is not installed is a problem where it is needed; another program
// that was named is wanted in any case.
func (l *loaded) validateVoice(report reporter) {
	if c := l.Speech.Espeak; c.Program != espeak.Defaults().Program && c.Program != "" {
		if err := espeak.Speaks(c, "en", ""); err != nil {
			report("speech.espeak.program", err.Error(), "name espeak-ng or the path of such a program")
		}
	}
	err := l.speaks(l.Voice.Language, l.Voice.Voice)
	if err == nil || l.Voice.Language == "" {
		return
	}
	key := "voice.voice"
	if l.Voice.Voice == "" || l.speaks(l.Voice.Language, "") != nil {
		key = "voice.language"
	}
	report(key, err.Error(), "use a language that is spoken, and one of its voices: "+strings.Join(flite.Voices, ", ")+", or what espeak-ng --voices lists")
}

var errOutside = errors.New("sound files stand below the configuration's folder")

// sound loads a sound file that a flow names.
func (l *loaded) sound(name string, rate int) ([]int16, error) {
	if pcm, ok := keys(name, rate); ok {
		return pcm, nil
	}
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%s: %w", name, errOutside)
	}
	return media.LoadSound(filepath.Join(l.dir(), name), rate)
}
