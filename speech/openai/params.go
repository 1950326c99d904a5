package openai

import (
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"parley/speech"
)

// params writes a conversation as the protocol wants it.
func (m *Model) params(c speech.Chat) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{Model: m.c.Model}
	if m.c.Temperature >= 0 {
		p.Temperature = param.NewOpt(m.c.Temperature)
	}
	if m.c.MaxTokens > 0 {
		p.MaxCompletionTokens = param.NewOpt(int64(m.c.MaxTokens))
	}
	if c.System != "" {
		p.Messages = append(p.Messages, openai.SystemMessage(c.System))
	}
	for _, msg := range c.Messages {
		p.Messages = append(p.Messages, message(msg))
	}
	for _, t := range c.Tools {
		f := shared.FunctionDefinitionParam{Name: t.Name, Parameters: t.Parameters}
		if t.Description != "" {
			f.Description = param.NewOpt(t.Description)
		}
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(f))
	}
	return p
}

func message(msg speech.Message) openai.ChatCompletionMessageParamUnion {
	switch msg.Role {
	case speech.RoleTool:
		return openai.ToolMessage(msg.Text, msg.CallID)
	case speech.RoleRobot:
		var a openai.ChatCompletionAssistantMessageParam
		if msg.Text != "" || len(msg.Calls) == 0 {
			a.Content.OfString = param.NewOpt(msg.Text)
		}
		for _, call := range msg.Calls {
			a.ToolCalls = append(a.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{
				OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
					ID: call.ID,
					Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{
						Name: call.Name, Arguments: call.Arguments,
					},
				},
			})
		}
		return openai.ChatCompletionMessageParamUnion{OfAssistant: &a}
	}
	return openai.UserMessage(msg.Text)
}
