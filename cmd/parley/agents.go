package main

import (
	"fmt"
	"strings"

	"parley/ivr"
	"parley/ivr/agent"
	"parley/ivr/flow"
	"parley/media/tone"
	"parley/speech"
)

// models are the language models by their names; the empty name is that of
// the first.
type models map[string]speech.Model

// knows says why there is no model of a name. That there is none at all is
// told when one is needed: the sample flows are sound without.
func (m models) knows(name string) error {
	if name == "" || m[name] != nil {
		return nil
	}
	return fmt.Errorf("there is no model %q", name)
}

// agents are what flows with agents need.
func (l *loaded) agents() ivr.Agents {
	return ivr.Agents{
		Agent: l.agent, MaxHistory: l.IVR.Agent.MaxHistory,
		Model: func(name string) speech.Model { return l.models[name] },
	}
}

// needsModel says which language model a flow needs and does not have.
func (l *loaded) needsModel(f *flow.Flow) error {
	for _, name := range f.Models() {
		if l.models[name] == nil {
			return fmt.Errorf("flow %q has agents, which need a language model %q, and the configuration has none of that name", f.Name, name)
		}
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
