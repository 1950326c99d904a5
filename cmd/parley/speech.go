package main

import (
	"fmt"
	"log/slog"

	"parley/speech"
	"parley/speech/cache"
	"parley/speech/espeak"
	"parley/speech/flite"
	"parley/speech/pocketsphinx"
	"parley/speech/voices"
)

// speechParts are the providers that are built in, joined into one recogniser
// and one voice.
type speechParts struct {
	recognizer  speech.Recognizer
	synthesizer speech.Synthesizer
	closers     []func()
}

// The voices by the names that stand before a colon: "flite:slt".
const (
	fliteName  = "flite"
	espeakName = "espeak"
)

var fliteLanguages = []string{"en"}

func newSpeech(c SpeechConfig, log *slog.Logger) (s *speechParts, err error) {
	s = &speechParts{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	asr, err := pocketsphinx.New(c.PocketSphinx, log)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, asr.Close)
	s.recognizer = asr

	english, err := flite.New(c.Flite, log)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, english.Close)
	providers := []voices.Provider{{Name: fliteName, Languages: fliteLanguages, Synthesizer: english}}
	if others, err := espeak.New(c.Espeak); err != nil {
		log.Warn("languages other than English cannot be spoken", "err", err)
	} else {
		providers = append(providers, voices.Provider{Name: espeakName, Synthesizer: others})
	}
	chooser, err := voices.New(log, providers...)
	if err != nil {
		return nil, err
	}
	phrases, err := cache.New(c.Cache, chooser, fmt.Sprintf("%+v %+v", c.Flite, c.Espeak), log)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, phrases.Close)
	s.synthesizer = phrases
	return s, nil
}

func (s *speechParts) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}
