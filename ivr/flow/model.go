package flow

import (
	"time"

	"go.yaml.in/yaml/v3"
)

// Flow is a conversation as its file declares it. It does not change once it
// has been parsed.
type Flow struct {
	Name     string `yaml:"name"`
	Language string `yaml:"language"`
	Voice    string `yaml:"voice"`
	// Start names the first node.
	Start string `yaml:"start"`
	// Variables are declared here with their first values; those of the call
	// (caller, called, and what came with it) are known too.
	Variables map[string]string `yaml:"variables"`
	// Knowledge names the bases that conversation and knowledge nodes ask.
	Knowledge  []string    `yaml:"knowledge"`
	NoResponse *NoResponse `yaml:"no_response"`
	// Answer overrides what is done with those who take a call that we made and
	// are no people.
	Answer *Answer          `yaml:"answer"`
	Nodes  map[string]*Node `yaml:"nodes"`

	bases []*Base
}

// NoResponse overrides what happens when the caller says nothing
// (requirement V9, the preset of flows).
type NoResponse struct {
	After  time.Duration `yaml:"after"`
	Text   string        `yaml:"text"`
	Times  *int          `yaml:"times"`
	Hangup time.Duration `yaml:"hangup"`
}

// Answer says for each of those who may take a call whether one goes on
// (continue), hangs up, leaves a message or waits; empty: as the configuration
// says. Message is what is left; empty: what the flow itself says.
type Answer struct {
	Machine   string `yaml:"machine"`
	Screening string `yaml:"screening"`
	Assistant string `yaml:"assistant"`
	Silence   string `yaml:"silence"`
	Message   string `yaml:"message"`
}

// Type is the kind of a node.
type Type string

const (
	// Play says something and goes on.
	Play Type = "play"
	// Conversation says something and, unless listen is no, sorts the reply
	// into a class.
	Conversation Type = "conversation"
	// Collect says something and takes keyed digits into a variable.
	Collect Type = "collect"
	// Branch goes on by the values of variables.
	Branch Type = "branch"
	// Assign sets variables.
	Assign Type = "assign"
	// Tag puts a tag on the call.
	Tag Type = "tag"
	// Knowledge takes a question and answers it from the flow's bases.
	Knowledge Type = "knowledge"
	// Agent lets a language model talk with the caller.
	Agent Type = "agent"
	// Transfer says something and takes the caller to somebody else; he comes
	// back where an edge is drawn for what became of it.
	Transfer Type = "transfer"
	// End ends the conversation.
	End Type = "end"
)

// Node is one step of a flow. Which keys a node may have depends on its type.
type Node struct {
	Type Type `yaml:"type"`
	// Say is spoken; File is played instead of it.
	Say  string `yaml:"say"`
	File string `yaml:"file"`
	// Interruptible: the caller may cut it short (default yes).
	Interruptible *bool  `yaml:"interruptible"`
	Next          string `yaml:"next"`

	// Conversation.
	Listen  *bool   `yaml:"listen"`
	Replies []Reply `yaml:"replies"`
	Other   string  `yaml:"other"`
	// Closed keeps the recogniser to the example phrases: all else is other.
	Closed bool `yaml:"closed"`
	// Into keeps the caller's words (conversation) or digits (collect).
	Into string `yaml:"into"`

	// Collect.
	Digits *Digits `yaml:"digits"`
	// Attempts before Failed is taken; Retry is said after a wrong entry.
	Attempts int    `yaml:"attempts"`
	Retry    string `yaml:"retry"`
	Failed   string `yaml:"failed"`

	// Branch.
	Cases []Case `yaml:"cases"`
	Else  string `yaml:"else"`

	// Assign.
	Set map[string]string `yaml:"set"`

	// Tag.
	Name  string `yaml:"name"`
	Value string `yaml:"value"`

	// Transfer. Next is taken when the other party has hung up, Failed when it
	// was refused or could not be reached, Else where a failure has no way of
	// its own. Without a way the call ends with the transfer.
	Mode     string        `yaml:"mode"`
	Timeout  time.Duration `yaml:"timeout"`
	Busy     string        `yaml:"busy"`
	NoAnswer string        `yaml:"no_answer"`

	// Agent. Say is its welcome; without one the model speaks first. Retry is
	// said after a failure of the model, Failed taken after Attempts of them.
	Template  string `yaml:"template"`
	Prompt    string `yaml:"prompt"`
	Model     string `yaml:"model"`
	Commands  []Way  `yaml:"commands"`
	Functions []Way  `yaml:"functions"`
	Tools     []Tool `yaml:"tools"`

	// End; Target is a Transfer's too.
	Action string `yaml:"action"`
	Target string `yaml:"target"`

	template string // the text of Template
	line     int
	yaml     *yaml.Node
	torn     bool // not all of it could be read
}

// Reply is a class of replies, known by example phrases.
type Reply struct {
	Class   string   `yaml:"class"`
	Phrases []string `yaml:"phrases"`
	Next    string   `yaml:"next"`
}

// Digits says what a Collect node accepts.
type Digits struct {
	Min int           `yaml:"min"`
	Max int           `yaml:"max"`
	End string        `yaml:"end"`
	Gap time.Duration `yaml:"gap"`
}

// Case is one way out of a Branch: taken if Variable's value equals Is, or is
// one of In, or is not empty (Set).
type Case struct {
	Variable string   `yaml:"variable"`
	Is       *string  `yaml:"is"`
	In       []string `yaml:"in"`
	Set      bool     `yaml:"set"`
	Next     string   `yaml:"next"`
}

// Base is a knowledge base: questions with their answers (requirement F4).
type Base struct {
	Name    string  `yaml:"name"`
	Entries []Entry `yaml:"entries"`
}

// Entry is one answer and the ways to ask for it.
type Entry struct {
	Category  string   `yaml:"category"`
	Question  string   `yaml:"question"`
	Also      []string `yaml:"also"`
	Answer    string   `yaml:"answer"`
	questions []phrase
}

// defaultClosing is said by an end node that says nothing else.
const defaultClosing = "Thank you for calling. Goodbye."

func yes(b *bool) bool { return b == nil || *b }
