package agent

import (
	"parley/ivr/agent/stream"
	"parley/speech"
)

// noResult is what the model is told of a tool whose result nobody waited for.
const noResult = "The caller interrupted before the result came. It may have been done or not."

// What a model is asked that has the first word: of the call, or of its part
// in it.
const (
	connected = "(The caller is connected. You speak first.)"
	handed    = "(The caller was handed to you. Go on with him.)"
)

// Messages are the conversation that the model is asked to go on with: the
// past as it was heard, and of e what has come of it so far.
func (m *Memory) Messages(e *Exchange) []speech.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []speech.Message
	for _, p := range m.past {
		if p != e {
			all = p.messages(all, func(l line) string { return l.heard })
		}
	}
	return e.messages(all, func(l line) string { return l.text })
}

// messages appends an exchange; spoken tells which part of a line counts.
func (e *Exchange) messages(all []speech.Message, spoken func(line) string) []speech.Message {
	if e.caller != "" {
		all = append(all, speech.Message{Role: speech.RoleCaller, Text: e.caller})
	}
	for _, r := range e.rounds {
		said := speech.Message{Role: speech.RoleRobot}
		for _, l := range r.lines {
			said.Text = stream.Join(said.Text, spoken(l))
		}
		for _, c := range r.calls {
			said.Calls = append(said.Calls, c.ToolCall)
		}
		if said.Text != "" || len(said.Calls) > 0 {
			all = append(all, said)
		}
		for _, c := range r.calls {
			result := c.result
			if result == "" {
				result = noResult
			}
			all = append(all, speech.Message{Role: speech.RoleTool, CallID: c.ID, Text: result})
		}
	}
	return all
}
