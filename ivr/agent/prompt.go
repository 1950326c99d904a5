package agent

import (
	"slices"
	"strings"

	"parley/ivr/flow"
	"parley/speech"
)

// actions are what a model can do in braces.
var actions = []string{actionKeys}

// actionKeys sends digits: {DTMF 123#}.
const actionKeys = "DTMF"

// system is the whole prompt: the agent's own, how to speak on the telephone,
// and the commands that it has.
func (q *Question) system() string {
	var b strings.Builder
	b.WriteString(q.Prompt)
	b.WriteString("\n\n# Telephone\nWhat you write is spoken to the caller, word by word. Write short sentences as people speak. " +
		"No lists, no markup, no emoji, no stage directions. What the caller said comes from speech recognition and may have " +
		"mistakes; ask if it makes no sense. What stands in round brackets comes from the telephone system, not from the caller.")
	if q.Language != "" {
		b.WriteString(" Speak the language " + q.Language + ".")
	}
	b.WriteString("\n\n# Commands\nA command stands in your text exactly as it stands here. It is not spoken. Write it after what you want to say.\n")
	for _, w := range q.Node.Commands {
		b.WriteString("#" + w.Name + "#")
		if w.When != "" {
			b.WriteString(" - when: " + q.State.Expand(w.When))
		}
		b.WriteByte('\n')
	}
	b.WriteString("{" + actionKeys + " 123#} - sends these keys of the telephone, if you are asked to key something\n")
	return b.String()
}

// tools are the functions that the model may call: those that leave the agent,
// and the HTTP tools.
func (q *Question) tools() []speech.Tool {
	var all []speech.Tool
	for _, w := range q.Node.Functions {
		all = append(all, speech.Tool{
			Name: w.FunctionName(), Description: describe("Leaves the conversation.", q.State.Expand(w.When)),
			Parameters: schema(nil),
		})
	}
	for _, t := range q.Node.Tools {
		all = append(all, speech.Tool{Name: t.Name, Description: describe("", q.State.Expand(t.When)), Parameters: schema(t.Parameters)})
	}
	return all
}

func describe(what, when string) string {
	if when != "" {
		what = strings.TrimSpace(what + " Call it when: " + when)
	}
	return what
}

// schema is the JSON schema of a tool's parameters.
func schema(params map[string]flow.Parameter) map[string]any {
	properties, required := map[string]any{}, []string{}
	for name, p := range params {
		is := map[string]any{"type": "string"}
		if p.Type != "" {
			is["type"] = p.Type
		}
		if p.Description != "" {
			is["description"] = p.Description
		}
		if len(p.Values) > 0 {
			is["enum"] = p.Values
		}
		properties[name] = is
		if !p.Optional {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required}
}
