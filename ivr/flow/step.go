package flow

import (
	"maps"

	"parley/speech"
)

// State is where a conversation stands. It is a value: Step does not change
// the one it is given.
type State struct {
	// Node waits for the caller; empty before the beginning and after the end.
	Node string
	Vars map[string]string
	// Attempts were made at Node.
	Attempts int
	Over     bool
}

// Effect is something that is to be done, in order.
type Effect interface{ effect() }

type (
	// Say speaks a line.
	Say struct{ Line speech.Line }
	// Listen waits for the caller as said; it is the last effect of a step.
	Listen struct{ Hearing speech.Hearing }
	// Tagged puts a tag on the call.
	Tagged struct{ Name, Value string }
	// Visited tells the path: a node, and by which way it was left.
	Visited struct{ Node, By string }
	// Sent takes the caller to somebody else; it is the last effect of a step.
	Sent struct{ Transfer speech.Transfer }
	// Ended ends the conversation; it is the last effect of a step.
	Ended struct{ End speech.End }
)

func (Say) effect()     {}
func (Listen) effect()  {}
func (Tagged) effect()  {}
func (Visited) effect() {}
func (Sent) effect()    {}
func (Ended) effect()   {}

// New returns the state before the beginning, with the call's variables over
// those that the flow declares.
func (f *Flow) New(call map[string]string) State {
	vars := make(map[string]string, len(f.Variables)+len(call))
	maps.Copy(vars, f.Variables)
	maps.Copy(vars, call)
	return State{Vars: vars}
}

// maxHops bounds the nodes of one step. A checked flow has no circle without
// the caller, so it is never reached by one.
const maxHops = 1000

// Step takes what the caller did (or Begin) and runs the flow until it waits
// for the caller again or ends.
func (f *Flow) Step(s State, in speech.Input) (State, []Effect) {
	r := runner{flow: f, State: s}
	r.Vars = maps.Clone(s.Vars)
	if s.Over {
		return s, nil
	}
	switch n := f.Nodes[s.Node]; {
	case in.Begin || s.Node == "":
		r.enter(f.Start)
	case n.Type == Transfer:
		r.back(n, in.Transfer)
	case n.Type == Agent:
		r.do(Consulted{Node: r.Node})
	default:
		r.reply(n, in)
	}
	return r.State, r.effects
}

type runner struct {
	flow *Flow
	State
	effects []Effect
}

func (r *runner) do(e Effect) { r.effects = append(r.effects, e) }

// enter runs nodes from name on until one waits or ends.
func (r *runner) enter(name string) {
	r.Attempts = 0
	for range maxHops {
		r.Node = name
		n := r.flow.Nodes[name]
		switch n.Type {
		case End:
			r.end(n)
			return
		case Play:
			r.say(n, n.Say)
			name = r.leave(n.Next, "next")
		case Assign:
			before := maps.Clone(r.Vars)
			for v, text := range n.Set {
				r.Vars[v] = expand(text, before)
			}
			name = r.leave(n.Next, "next")
		case Tag:
			r.do(Tagged{Name: n.Name, Value: expand(n.Value, r.Vars)})
			name = r.leave(n.Next, "next")
		case Branch:
			name = r.branch(n)
		case Agent:
			r.agent(n)
			return
		case Transfer:
			r.transfer(n)
			return
		default:
			r.say(n, n.Say)
			if !n.waits() {
				name = r.leave(n.Next, "next")
				continue
			}
			r.listen(n)
			return
		}
	}
	r.do(Ended{speech.End{Action: "hangup", Reason: "endless flow"}})
	r.Over = true
}

func (r *runner) leave(to, by string) string {
	r.do(Visited{Node: r.Node, By: by})
	return to
}

func (r *runner) branch(n *Node) string {
	for _, k := range n.Cases {
		v := r.Vars[k.Variable]
		hit := k.Set && v != "" || k.Is != nil && v == *k.Is
		for _, in := range k.In {
			hit = hit || v == in
		}
		if hit {
			return r.leave(k.Next, k.Variable+" = "+v)
		}
	}
	return r.leave(n.Else, "else")
}

func (r *runner) say(n *Node, text string) {
	r.do(Say{speech.Line{
		Text: expand(text, r.Vars), File: expand(n.File, r.Vars),
		Language: r.flow.Language, Voice: r.flow.Voice,
		Uninterruptible: !yes(n.Interruptible),
	}})
}

func (r *runner) end(n *Node) {
	text := n.Say
	if text == "" && n.File == "" && (n.Action == "" || n.Action == "hangup") {
		text = defaultClosing
	}
	if text != "" || n.File != "" {
		r.say(n, text)
	}
	action := n.Action
	if action == "" {
		action = "hangup"
	}
	r.leave("", "end")
	r.do(Ended{speech.End{Action: action, Target: expand(n.Target, r.Vars), Reason: r.Node}})
	r.Over = true
}

// listen waits at a node.
func (r *runner) listen(n *Node) {
	h := speech.Hearing{}
	switch n.Type {
	case Collect:
		h.NoSpeech = true
		h.Digits = &speech.DigitCollect{Max: n.Digits.Max, Gap: n.Digits.Gap}
		if n.Digits.End != "" {
			h.Digits.End = n.Digits.End[0]
		}
	case Conversation:
		for _, reply := range n.Replies {
			h.Hints.Phrases = append(h.Hints.Phrases, reply.Phrases...)
		}
		h.Hints.Phrases = append(h.Hints.Phrases, r.questions()...)
		h.Hints.Closed = n.Closed
	case Knowledge:
		h.Hints.Phrases = r.questions()
	case Agent:
		h.Digits = &speech.DigitCollect{End: '#'}
	}
	r.do(Listen{h})
}

func (r *runner) questions() []string {
	var qs []string
	for _, b := range r.flow.bases {
		for _, e := range b.Entries {
			for _, q := range e.questions {
				qs = append(qs, q.text)
			}
		}
	}
	return qs
}
