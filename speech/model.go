package speech

import "context"

// Model answers in free words: a language model behind an agent.
type Model interface {
	// Chat streams the model's answer to a conversation to out, piece by
	// piece, and returns when it is complete or ctx ends. out's error ends it.
	// Errors: ErrBusy, ErrUnavailable, ctx's own.
	Chat(ctx context.Context, c Chat, out func(Delta) error) error
}

// Chat is what a model is asked.
type Chat struct {
	// System is the agent's prompt.
	System string
	// Messages are the conversation so far, as it was heard.
	Messages []Message
	Tools    []Tool
}

// Message is one turn of a conversation.
type Message struct {
	Role Role
	Text string
	// Calls were made by the model in this message; CallID names the call
	// that a message of RoleTool answers.
	Calls  []ToolCall
	CallID string
}

// Role is who speaks in a Message.
type Role string

const (
	RoleCaller Role = "user"
	RoleRobot  Role = "assistant"
	RoleTool   Role = "tool"
)

// Tool is a function that the model may call.
type Tool struct {
	Name, Description string
	// Parameters is a JSON schema.
	Parameters map[string]any
}

// ToolCall is a call of a Tool.
type ToolCall struct {
	ID, Name string
	// Arguments is a JSON object.
	Arguments string
}

// Delta is a piece of an answer: text, or a call that is complete.
type Delta struct {
	Text string
	Call *ToolCall
}
