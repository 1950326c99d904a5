package flow

import (
	"maps"
	"slices"
	"strings"
	"time"

	"parley/speech"
)

// Way is a way out of an Agent that its model takes: by a command in its text
// (#Name#), or by calling a function.
type Way struct {
	Name string `yaml:"name"`
	// When tells the model when to take it.
	When string `yaml:"when"`
	Next string `yaml:"next"`
}

// FunctionName is the name of a function as the model gets it: what was
// declared as transfer_to_ethan is call_transfer_to_ethan (requirement V11).
func (w Way) FunctionName() string {
	if strings.HasPrefix(w.Name, "call_") {
		return w.Name
	}
	return "call_" + w.Name
}

// callEnd is the function that may hang up without another node.
const callEnd = "call_end"

// Tool is an HTTP request that the model may make.
type Tool struct {
	Name string `yaml:"name"`
	When string `yaml:"when"`
	URL  string `yaml:"url"`
	// Method is GET unless it says otherwise.
	Method  string            `yaml:"method"`
	Headers map[string]string `yaml:"headers"`
	// Inputs are sent each time; Parameters are what the model fills in.
	Inputs     map[string]string    `yaml:"inputs"`
	Parameters map[string]Parameter `yaml:"parameters"`
	// Outputs take fields of the reply into variables, by variable.
	Outputs map[string]string `yaml:"outputs"`
	Timeout time.Duration     `yaml:"timeout"`
	// Safe: it changes nothing, so it may run before the caller is sure to be
	// answered. Default: if Method is GET. Before any other, Say is heard.
	Safe *bool  `yaml:"safe"`
	Say  string `yaml:"say"`
}

// Parameter is something that the model fills in.
type Parameter struct {
	Type        string   `yaml:"type"` // string unless it says otherwise
	Description string   `yaml:"description"`
	Values      []string `yaml:"values"`
	Optional    bool     `yaml:"optional"`
}

// IsSafe tells whether the tool changes nothing.
func (t Tool) IsSafe() bool {
	if t.Safe != nil {
		return *t.Safe
	}
	return t.Method == "" || t.Method == "GET"
}

// Consulted asks the model of an agent node for an answer; it is the last
// effect of a step. Resume goes on with what came of it.
type Consulted struct {
	Node string
	// Entered: the node was just come to, and it is the robot who begins.
	Entered bool
}

func (Consulted) effect() {}

// agentAttempts is how many answers in a row may fail at an agent node that
// names no number.
const agentAttempts = 2

// agent begins at an agent node: with its own words, or with the model's.
func (r *runner) agent(n *Node) {
	if n.Say == "" && n.File == "" {
		r.do(Consulted{Node: r.Node, Entered: true})
		return
	}
	r.say(n, n.Say)
	r.listen(n)
}

// Prompt is the text that tells the model of an agent node who it is.
func (f *Flow) Prompt(s State) string {
	n := f.Nodes[s.Node]
	return expand(strings.TrimSpace(n.template+"\n\n"+n.Prompt), s.Vars)
}

// Expand puts the values of a state's variables into text.
func (s State) Expand(text string) string { return expand(text, s.Vars) }

// Verdict is what came of consulting a model.
type Verdict struct {
	// Command or Function is the way that the model took, by its declared
	// name; both empty: it stays with the caller.
	Command, Function string
	// Failed: there was no answer, or only a part of one.
	Failed bool
	// Silent: nothing was said.
	Silent bool
	// Set are variables that tools have given.
	Set map[string]string
}

// Resume goes on from an agent node whose model has been consulted.
func (f *Flow) Resume(s State, v Verdict) (State, []Effect) {
	r := runner{flow: f, State: s}
	r.Vars = maps.Clone(s.Vars)
	maps.Copy(r.Vars, v.Set)
	n := f.Nodes[s.Node]
	switch {
	case v.Failed:
		r.agentFailed(n)
	case v.Command != "":
		r.enter(r.leave(nextOf(n.Commands, v.Command), "#"+v.Command+"#"))
	case v.Function != "":
		r.function(n, v)
	default:
		r.Attempts = 0
		r.listen(n)
	}
	return r.State, r.effects
}

func nextOf(ways []Way, name string) string {
	for _, w := range ways {
		if w.Name == name {
			return w.Next
		}
	}
	return ""
}

func (r *runner) function(n *Node, v Verdict) {
	to := r.leave(nextOf(n.Functions, v.Function), Way{Name: v.Function}.FunctionName())
	if to != "" {
		r.enter(to)
		return
	}
	if v.Silent {
		r.do(Say{speech.Line{Text: defaultClosing, Language: r.flow.Language, Voice: r.flow.Voice}})
	}
	r.do(Ended{speech.End{Action: "hangup", Reason: r.Node}})
	r.Over = true
}

// agentFailed apologises, and gives up after some failures in a row.
func (r *runner) agentFailed(n *Node) {
	r.Attempts++
	most := n.Attempts
	if most == 0 {
		most = agentAttempts
	}
	if r.Attempts >= most {
		r.enter(r.leave(n.Failed, "failed"))
		return
	}
	text := n.Retry
	if text == "" {
		text = agentRetry["en"]
		language, _, _ := strings.Cut(strings.ToLower(r.flow.Language), "-")
		if own := agentRetry[language]; own != "" {
			text = own
		}
	}
	r.do(Visited{Node: r.Node, By: "again"})
	r.do(Say{speech.Line{Text: expand(text, r.Vars), Language: r.flow.Language, Voice: r.flow.Voice}})
	r.listen(n)
}

// agentRetry is said after a failure by an agent that has no words of its own
// for it, by language.
var agentRetry = map[string]string{
	"en": "Sorry, I missed that. Could you say it again?",
	"zh": "抱歉，我没有听清，请您再说一遍好吗？",
}

// Models lists the language models that a flow's agents name, each once; the
// empty name is among them if an agent names none.
func (f *Flow) Models() (names []string) {
	for _, n := range f.Nodes {
		if n.Type == Agent && !slices.Contains(names, n.Model) {
			names = append(names, n.Model)
		}
	}
	slices.Sort(names)
	return names
}
