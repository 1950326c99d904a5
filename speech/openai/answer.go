package openai

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openai/openai-go/v3"

	"parley/speech"
)

// mostCalls bounds the calls of one answer.
const mostCalls = 32

// answer puts together what comes in pieces.
type answer struct {
	limit int // bytes
	size  int
	over  bool // the server has said that its answer is complete
	calls []*partial
}

// partial is a call whose arguments are still coming.
type partial struct {
	index    int64
	id, name string
	args     strings.Builder
}

// take adds a piece of the answer. It returns the text to be said, and whether
// there was anything of an answer in it.
func (a *answer) take(chunk openai.ChatCompletionChunk) (text string, progress bool, err error) {
	if len(chunk.Choices) == 0 {
		return "", false, nil // usage, filters, a sign of life
	}
	choice := chunk.Choices[0]
	text = choice.Delta.Content
	if text == "" {
		text = choice.Delta.Refusal
	}
	a.size += len(text)
	for _, d := range choice.Delta.ToolCalls {
		a.size += len(d.Function.Arguments) + len(d.Function.Name)
		if err := a.fragment(d); err != nil {
			return "", false, err
		}
	}
	if a.size > a.limit {
		return "", false, speech.Unavailable(speech.ErrBroken, "the answer is longer than %d bytes", a.limit)
	}
	a.over = choice.FinishReason != ""
	return text, text != "" || len(choice.Delta.ToolCalls) > 0 || a.over, nil
}

// fragment adds a piece of a call. Most servers give id and name once and the
// arguments in pieces, by index; some repeat id and name in each piece, and
// some give all calls whole under index 0.
func (a *answer) fragment(d openai.ChatCompletionChunkChoiceDeltaToolCall) error {
	var p *partial
	for _, c := range a.calls {
		if c.index == d.Index {
			p = c // the last of that index
		}
	}
	if p == nil || d.ID != "" && p.id != "" && d.ID != p.id {
		if len(a.calls) == mostCalls {
			return speech.Unavailable(speech.ErrBroken, "the answer makes more than %d calls", mostCalls)
		}
		p = &partial{index: d.Index}
		a.calls = append(a.calls, p)
	}
	if d.ID != "" {
		p.id = d.ID
	}
	if d.Function.Name != p.name {
		p.name += d.Function.Name
	}
	p.args.WriteString(d.Function.Arguments)
	return nil
}

// finish returns the calls, once the server has said that it is done.
func (a *answer) finish() ([]speech.ToolCall, error) {
	if !a.over {
		return nil, speech.Unavailable(speech.ErrBroken, "the answer has no end")
	}
	calls := make([]speech.ToolCall, len(a.calls))
	for i, p := range a.calls {
		c := speech.ToolCall{ID: p.id, Name: p.name, Arguments: p.args.String()}
		if c.ID == "" {
			c.ID = fmt.Sprintf("call_%d", i)
		}
		if strings.TrimSpace(c.Arguments) == "" {
			c.Arguments = "{}"
		}
		if object := map[string]any(nil); c.Name == "" || json.Unmarshal([]byte(c.Arguments), &object) != nil {
			return nil, speech.Unavailable(speech.ErrBroken, "a call has no name, or arguments that are no JSON object")
		}
		calls[i] = c
	}
	return calls, nil
}
