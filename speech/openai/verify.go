package openai

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"parley/speech"
)

// The steps of Verify.
const (
	StepChat = "chat"
	StepCall = "function call"
)

// Verify tries what a conversation needs: an answer, and a call of a function.
// step gets each step's result; the first fault ends it.
func (m *Model) Verify(ctx context.Context, step func(name string, err error)) error {
	for _, s := range []struct {
		name string
		do   func(context.Context) error
	}{{StepChat, m.verifyChat}, {StepCall, m.verifyCall}} {
		err := s.do(ctx)
		step(s.name, err)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (m *Model) verifyChat(ctx context.Context) error {
	var text strings.Builder
	err := m.Chat(ctx, speech.Chat{
		System:   "You answer with one word.",
		Messages: []speech.Message{{Role: speech.RoleCaller, Text: "Say ready."}},
	}, func(d speech.Delta) error { text.WriteString(d.Text); return nil })
	if err == nil && strings.TrimSpace(text.String()) == "" {
		err = errors.New("the model answers nothing: check max_tokens, which its thinking may use up")
	}
	return err
}

func (m *Model) verifyCall(ctx context.Context) error {
	const name = "report_number"
	called := false
	err := m.Chat(ctx, speech.Chat{
		System:   "You call the function that you are asked to call.",
		Messages: []speech.Message{{Role: speech.RoleCaller, Text: "Call " + name + " with the number 7."}},
		Tools: []speech.Tool{{Name: name, Description: "Reports a number.", Parameters: map[string]any{
			"type":       "object",
			"properties": map[string]any{"number": map[string]any{"type": "integer"}},
			"required":   []string{"number"},
		}}},
	}, func(d speech.Delta) error {
		called = called || d.Call != nil && d.Call.Name == name
		return nil
	})
	if err == nil && !called {
		err = errors.New("the model calls no function: use one that can, or switch its server's tool calls on")
	}
	return err
}
