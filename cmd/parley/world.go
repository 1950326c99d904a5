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
	"parley/speech/espeak"
	"parley/speech/flite"
	"parley/speech/pocketsphinx"
	"parley/speech/voices"
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
			if err := pocketsphinx.Understands(cmp.Or(language, l.Voice.Language)); err != nil {
				return err
			}
			return pocketsphinx.Recognises(phrase)
		},
		Reaches: func(target string) error {
			if user, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(target, "sips:"), "sip:"), "@"); trunk.Emergency(l.SIP.Emergency).Is(user) {
				return errors.New("it is an emergency number, which people dial only")
			}
			return nil
		},
		Model: l.models.knows,
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
	all := []voices.Provider{
		{Name: fliteName, Languages: fliteLanguages, Synthesizer: knower(flite.Speaks)},
		{Name: espeakName, Synthesizer: knower(func(language, voice string) error {
			return espeak.Speaks(l.Speech.Espeak, language, voice)
		})},
	}
	if provider, _, named := strings.Cut(name, ":"); named {
		var one []voices.Provider
		for _, p := range all {
			if p.Name == provider {
				one = append(one, p) // who is named is wanted, not the fall-back
			}
		}
		all = one
	}
	chooser, err := voices.New(slog.New(slog.DiscardHandler), all...)
	if err != nil {
		return err
	}
	return chooser.Speak(context.Background(), speech.Utterance{Language: language, Voice: name}, nil)
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
