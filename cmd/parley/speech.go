package main

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"parley/speech"
	"parley/speech/cache"
	"parley/speech/deepgram"
	"parley/speech/espeak"
	"parley/speech/fallback"
	"parley/speech/flite"
	"parley/speech/openai"
	"parley/speech/pocketsphinx"
)

// speechParts are the providers that the configuration lists, joined into one
// recogniser, one voice and, if there is one, one model.
type speechParts struct {
	recognizer  speech.Recognizer
	synthesizer speech.Synthesizer
	model       speech.Model // nil: none is configured

	recognizers  []fallback.Provider[speech.Recognizer]
	synthesizers []fallback.Provider[speech.Synthesizer]
	named        map[string]speech.Model // each with the others to fall back on
	models       []fallback.Provider[speech.Model]
	lists        []providerList
	closers      []func()
}

// providerList is what metrics ask of a list.
type providerList interface {
	Kind() string
	Stats() []fallback.Stat
	Resting() []string
}

// The embedded voices by the names that stand before a colon: "flite:slt".
const (
	fliteName        = "flite"
	espeakName       = "espeak"
	pocketsphinxName = "pocketsphinx"
)

func newSpeech(c SpeechConfig, log *slog.Logger) (s *speechParts, err error) {
	s = &speechParts{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, make := range []func(SpeechConfig, *slog.Logger) error{s.makeRecognizers, s.makeSynthesizers, s.makeModels} {
		if err := make(c, log); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *speechParts) makeRecognizers(c SpeechConfig, log *slog.Logger) error {
	for _, p := range c.Recognizers {
		var r speech.Recognizer
		switch p.Provider {
		case pocketsphinxName:
			asr, err := pocketsphinx.New(c.PocketSphinx, log)
			if err != nil {
				return err
			}
			s.closers = append(s.closers, asr.Close)
			r = asr
		case deepgram.Name:
			asr, err := deepgram.NewRecognizer(c.Deepgram, nil)
			if err != nil {
				return err
			}
			s.closers = append(s.closers, asr.Close)
			r = asr
		}
		s.recognizers = append(s.recognizers, fallback.Provider[speech.Recognizer]{Name: p.Provider, Languages: p.Languages, Provider: r})
	}
	list, err := fallback.NewRecognizer(c.Fallback, log, s.recognizers...)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, list.Close)
	s.recognizer, s.lists = list, append(s.lists, list)
	return nil
}

// makeSynthesizers gives each voice a cache of its own, so that a phrase is
// never kept in the voice that only stood in for another.
func (s *speechParts) makeSynthesizers(c SpeechConfig, log *slog.Logger) error {
	for _, p := range c.Synthesizers {
		var y speech.Synthesizer
		var settings any
		switch p.Provider {
		case fliteName:
			voice, err := flite.New(c.Flite, log)
			if err != nil {
				return err
			}
			s.closers = append(s.closers, voice.Close)
			y, settings = voice, c.Flite
		case espeakName:
			voice, err := espeak.New(c.Espeak)
			if err != nil {
				log.Warn("languages other than English cannot be spoken", "err", err)
				continue
			}
			y, settings = voice, c.Espeak
		case deepgram.Name:
			voice, err := deepgram.NewSynthesizer(c.Deepgram, nil)
			if err != nil {
				return err
			}
			s.closers = append(s.closers, voice.Close)
			y, settings = voice, c.Deepgram.Speak
		}
		share := c.Cache
		share.MemoryBytes /= int64(len(c.Synthesizers))
		share.DiskBytes /= int64(len(c.Synthesizers))
		if share.Folder != "" {
			share.Folder = filepath.Join(share.Folder, p.Provider)
		}
		phrases, err := cache.New(share, y, fmt.Sprintf("%+v", settings), log)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, phrases.Close)
		s.synthesizers = append(s.synthesizers, fallback.Provider[speech.Synthesizer]{Name: p.Provider, Languages: p.Languages, Provider: phrases})
	}
	list, err := fallback.NewSynthesizer(c.Fallback, log, s.synthesizers...)
	if err != nil {
		return err
	}
	s.synthesizer, s.lists = list, append(s.lists, list)
	return nil
}

func (s *speechParts) makeModels(c SpeechConfig, log *slog.Logger) error {
	for _, name := range c.Models {
		m, err := openai.New(c.openAI(name), nil)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, m.Close)
		s.models = append(s.models, fallback.Provider[speech.Model]{Name: name, Provider: m})
	}
	if len(s.models) == 0 {
		return nil
	}
	list, err := fallback.NewModel(c.Fallback, log, s.models...)
	if err != nil {
		return err
	}
	s.model, s.lists = list, append(s.lists, list)
	return s.nameModels(c, log)
}

func (s *speechParts) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}
