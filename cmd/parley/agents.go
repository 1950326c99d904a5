package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"parley/ivr"
	"parley/ivr/agent"
	"parley/ivr/flow"
	"parley/media/tone"
	"parley/speech"
	"parley/speech/fallback"
)

// knowsModel says why there is no language model of a name. That there is none
// at all is told when one is needed: the sample flows are sound without.
func (l *loaded) knowsModel(name string) error {
	if name == "" || slices.Contains(l.Speech.Models, name) {
		return nil
	}
	return fmt.Errorf("there is no model %q in speech.models", name)
}

// needsModel says which language model a flow needs and does not have.
func (l *loaded) needsModel(f *flow.Flow) error {
	for _, name := range f.Models() {
		if len(l.Speech.Models) == 0 {
			return fmt.Errorf("flow %q has agents, which need a language model: there is none in speech.models", f.Name)
		}
		if err := l.knowsModel(name); err != nil {
			return fmt.Errorf("flow %q: %w", f.Name, err)
		}
	}
	return nil
}

// agents are what flows with agents need. model returns the language model of
// a name.
func (l *loaded) agents(model func(name string) speech.Model) ivr.Agents {
	return ivr.Agents{Agent: l.agent, MaxHistory: l.IVR.Agent.MaxHistory, Model: model}
}

// modelOf returns the language model of a name, with the others to fall back
// on; without a name the first. nil: there is none.
func (s *speechParts) modelOf(name string) speech.Model {
	if name == "" {
		return s.model
	}
	return s.named[name]
}

// nameModels makes a list of the models for each of them, in which it is the
// first.
func (s *speechParts) nameModels(c SpeechConfig, log *slog.Logger) error {
	s.named = map[string]speech.Model{}
	for i, first := range s.models {
		rest := slices.Concat(s.models[:i], s.models[i+1:])
		list, err := fallback.NewModel(c.Fallback, log, append([]fallback.Provider[speech.Model]{first}, rest...)...)
		if err != nil {
			return err
		}
		s.named[first.Name] = list
	}
	return nil
}

// Times of a key that a flow sends, and of a comma between keys, in
// milliseconds.
const (
	keyLength = 100
	keyGap    = 60
	keyPause  = 500
)

// keys is the sound of telephone keys, if a sound is named so.
func keys(name string, rate int) (pcm []int16, ok bool) {
	list, ok := strings.CutPrefix(name, agent.KeysFile)
	if !ok {
		return nil, false
	}
	var key tone.Digit
	for i := range len(list) {
		if list[i] == ',' {
			pcm = append(pcm, make([]int16, rate*keyPause/1000)...)
			continue
		}
		sound := make([]int16, rate*(keyLength+keyGap)/1000)
		if key.Press(list[i], rate*keyLength/1000, rate) {
			key.Fill(sound)
		}
		pcm = append(pcm, sound...)
	}
	return pcm, true
}
