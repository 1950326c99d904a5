package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"parley/speech/cache"
	"parley/speech/deepgram"
	"parley/speech/espeak"
	"parley/speech/fallback"
	"parley/speech/flite"
	"parley/speech/openai"
	"parley/speech/pocketsphinx"
)

// SpeechConfig says who listens, speaks and answers, in order, and holds the
// providers' own settings.
type SpeechConfig struct {
	Recognizers  []SpeechProvider `yaml:"recognizers"`
	Synthesizers []SpeechProvider `yaml:"synthesizers"`
	// Models are names of OpenAI.
	Models   []string        `yaml:"models"`
	Fallback fallback.Config `yaml:"fallback"`

	PocketSphinx pocketsphinx.Config `yaml:"pocketsphinx"`
	Flite        flite.Config        `yaml:"flite"`
	Espeak       espeak.Config       `yaml:"espeak"`
	Deepgram     deepgram.Config     `yaml:"deepgram"`
	OpenAI       []openai.Config     `yaml:"openai"`
	Cache        cache.Config        `yaml:"cache"`
}

// SpeechProvider is one of a list.
type SpeechProvider struct {
	Provider string `yaml:"provider"`
	// Languages are the BCP 47 tags it is asked for; none means all.
	Languages []string `yaml:"languages"`
}

func speechDefaults() SpeechConfig {
	return SpeechConfig{
		Recognizers:  []SpeechProvider{{Provider: pocketsphinxName, Languages: []string{"en"}}},
		Synthesizers: []SpeechProvider{{Provider: fliteName, Languages: []string{"en"}}, {Provider: espeakName}},
		Fallback:     fallback.Defaults(),
		PocketSphinx: pocketsphinx.Defaults(),
		Flite:        flite.Defaults(),
		Espeak:       espeak.Defaults(),
		Deepgram:     deepgram.Defaults(),
		Cache:        cache.Defaults(),
	}
}

var (
	recognizerNames  = []string{pocketsphinxName, deepgram.Name}
	synthesizerNames = []string{fliteName, espeakName, deepgram.Name}
)

// openAI returns the settings of a model.
func (c SpeechConfig) openAI(name string) openai.Config {
	for _, m := range c.OpenAI {
		if m.Name == name {
			return m
		}
	}
	return openai.Config{}
}

// Validate reports settings that cannot work.
func (c SpeechConfig) Validate(report reporter) {
	providers(c.Recognizers, recognizerNames, under("recognizers", report))
	providers(c.Synthesizers, synthesizerNames, under("synthesizers", report))
	c.Fallback.Validate(under("fallback", report))
	c.PocketSphinx.Validate(under("pocketsphinx", report))
	c.Flite.Validate(under("flite", report))
	c.Espeak.Validate(under("espeak", report))
	c.Deepgram.Validate(under("deepgram", report))
	c.Cache.Validate(under("cache", report))
	if c.Deepgram.Key == "" && isHost(c.Deepgram.URL, "deepgram.com") && (uses(c.Recognizers, deepgram.Name) || uses(c.Synthesizers, deepgram.Name)) {
		report("deepgram.key", "is empty", "write ${env:DEEPGRAM_API_KEY}, or take deepgram out of the lists")
	}
	c.validateModels(report)
}

func (c SpeechConfig) validateModels(report reporter) {
	var names []string
	for i, m := range c.OpenAI {
		key := fmt.Sprintf("openai[%d]", i)
		m.Validate(under(key, report))
		if m.Name != "" && slices.Contains(names, m.Name) {
			report(key+".name", fmt.Sprintf("%q is taken", m.Name), "give each model its own name")
		}
		if m.Key == "" && (isHost(m.URL, "openai.com") || isHost(m.URL, "azure.com")) {
			report(key+".key", "is empty", "write ${env:OPENAI_API_KEY} or ${file:/path}")
		}
		names = append(names, m.Name)
	}
	for i, name := range c.Models {
		key := fmt.Sprintf("models[%d]", i)
		if !slices.Contains(names, name) {
			report(key, fmt.Sprintf("there is no model %q", name), "name one of speech.openai")
		} else if slices.Contains(c.Models[:i], name) {
			report(key, fmt.Sprintf("%q stands here a second time", name), "keep one of them")
		}
	}
}

// providers reports a list that cannot work.
func providers(list []SpeechProvider, known []string, report reporter) {
	if len(list) == 0 {
		report("", "is empty", "name one of "+strings.Join(known, ", "))
	}
	for i, p := range list {
		key := fmt.Sprintf("[%d].provider", i)
		if !slices.Contains(known, p.Provider) {
			report(key, fmt.Sprintf("%q is nobody", p.Provider), "use "+strings.Join(known, ", "))
		} else if uses(list[:i], p.Provider) {
			report(key, fmt.Sprintf("%q stands here a second time", p.Provider), "keep one of them")
		}
	}
}

func uses(list []SpeechProvider, name string) bool {
	return slices.ContainsFunc(list, func(p SpeechProvider) bool { return p.Provider == name })
}

// isHost reports whether a URL is of a domain.
func isHost(address, domain string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain))
}
