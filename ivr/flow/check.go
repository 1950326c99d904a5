package flow

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxScript is the longest script of a conversation node, in characters
// (requirement F2).
const maxScript = 300

type checker struct {
	flow     *Flow
	root     *yaml.Node
	world    World
	problems []Problem
}

func (c *checker) add(node string, n *Node, remedy, format string, args ...any) {
	line := 1
	if n != nil {
		line = n.line
	}
	c.problems = append(c.problems, Problem{Line: line, Node: node, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// addTop adds a problem of one of the flow's own keys.
func (c *checker) addTop(key, remedy, format string, args ...any) {
	c.problems = append(c.problems, Problem{Line: lineOfKey(c.root, key), Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// addAt adds a problem of the value in a node that holds text.
func (c *checker) addAt(text, node string, n *Node, remedy, format string, args ...any) {
	c.problems = append(c.problems, Problem{Line: n.lineOf(text), Node: node, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// bind finds the flow's knowledge bases.
func (c *checker) bind() {
	for _, name := range c.flow.Knowledge {
		b := c.world.Bases[name]
		if b == nil {
			c.addTop("knowledge", "declare it in a knowledge file, or remove it from knowledge", "knowledge base %q does not exist", name)
			continue
		}
		c.flow.bases = append(c.flow.bases, b)
		for _, e := range b.Entries {
			for _, v := range variablesIn(e.Answer) {
				if !c.flow.knows(v) {
					c.addTop("knowledge", "declare it under variables, or leave it out of the answer",
						"the answer to %q in knowledge base %q needs variable %q, which is unknown here", e.Question, name, v)
				}
			}
		}
	}
}

func (c *checker) check() {
	f := c.flow
	if f.Name == "" {
		c.add("", nil, "give the flow a name", "name is missing")
	}
	c.checkDialogue()
	if len(f.Nodes) == 0 {
		c.addTop("nodes", "declare at least an end node", "there are no nodes")
		return
	}
	if f.Nodes[f.Start] == nil {
		c.addTop("start", "name one of the nodes", "start names node %q, which does not exist", f.Start)
	}
	for _, name := range c.names() {
		n := f.Nodes[name]
		c.checkKeys(name, n)
		if n.Type != "" || !n.torn {
			c.checkNode(name, n)
		}
		c.checkTargets(name, n)
		c.checkVariables(name, n)
		c.checkWorld(name, n)
	}
	c.checkPaths()
}

func (c *checker) names() []string {
	names := make([]string, 0, len(c.flow.Nodes))
	for name := range c.flow.Nodes {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (c *checker) checkNode(name string, n *Node) {
	switch n.Type {
	case Play:
		c.needSpeech(name, n)
		c.need(name, n, "next", n.Next)
	case Conversation:
		c.needSpeech(name, n)
		if utf8.RuneCountInString(n.Say) > maxScript {
			c.add(name, n, "shorten it or split the node", "say has %d characters, %d are allowed", utf8.RuneCountInString(n.Say), maxScript)
		}
		c.checkReplies(name, n)
	case Collect:
		c.needSpeech(name, n)
		c.need(name, n, "next", n.Next)
		c.need(name, n, "into", n.Into)
		c.need(name, n, "failed", n.Failed)
		c.checkDigits(name, n)
	case Branch:
		c.need(name, n, "else", n.Else)
		if len(n.Cases) == 0 && !n.torn {
			c.add(name, n, "add a case, or use next on the node before", "a branch without cases decides nothing")
		}
		for i, k := range n.Cases {
			if forms := b2i(k.Is != nil) + b2i(len(k.In) > 0) + b2i(k.Set); forms != 1 {
				c.add(name, n, "give one of is, in, set", "case %d has %d conditions", i+1, forms)
			}
		}
	case Assign:
		c.need(name, n, "next", n.Next)
		if len(n.Set) == 0 && !n.torn {
			c.add(name, n, "add variables to set", "set is missing")
		}
	case Tag:
		c.need(name, n, "next", n.Next)
		c.need(name, n, "name", n.Name)
	case Knowledge:
		c.needSpeech(name, n)
		c.need(name, n, "next", n.Next)
		c.need(name, n, "other", n.Other)
		if len(c.flow.Knowledge) == 0 {
			c.add(name, n, "name bases under the flow's knowledge key", "the flow has no knowledge base to ask")
		}
	case Agent:
		c.checkAgent(name, n)
	case Transfer:
		c.checkTransfer(name, n)
	case End:
		switch n.Action {
		case "", "hangup", "continue":
		case "transfer":
			c.need(name, n, "target", n.Target)
		default:
			c.add(name, n, "use hangup, continue or transfer", "action %q is unknown", n.Action)
		}
	case "":
		c.add(name, n, "use play, conversation, collect, branch, assign, tag, knowledge, agent, transfer or end", "type is missing")
	default:
		c.add(name, n, "use play, conversation, collect, branch, assign, tag, knowledge, agent, transfer or end", "type %q is unknown", n.Type)
	}
}

func (c *checker) checkReplies(name string, n *Node) {
	if !yes(n.Listen) {
		c.need(name, n, "next", n.Next)
		if len(n.Replies) > 0 || n.Other != "" {
			c.add(name, n, "remove replies and other, or let it listen", "it does not listen but has replies")
		}
		return
	}
	c.need(name, n, "other", n.Other)
	if n.Next != "" {
		c.add(name, n, "use replies and other", "it listens, so next is never taken")
	}
	seen := map[string]string{}
	for i, r := range n.Replies {
		if (r.Class == "" || len(r.Phrases) == 0 || r.Next == "") && !n.torn {
			c.add(name, n, "give class, phrases and next", "reply %d is not complete", i+1)
		}
		for _, p := range r.Phrases {
			key := newPhrase(p).key
			if key == "" {
				c.add(name, n, "give it words", "reply %s has an empty phrase %q", r.Class, p)
			} else if strings.ContainsAny(p, "{}") {
				c.addAt(p, name, n, "write the words that callers say", "phrase %q of reply %s has braces, and phrases hold no variables", p, r.Class)
			} else if other, ok := seen[key]; ok && other != r.Class {
				c.addAt(p, name, n, "leave it in one class", "phrase %q is in the classes %s and %s", p, other, r.Class)
			}
			seen[key] = r.Class
		}
	}
}

func (c *checker) checkDigits(name string, n *Node) {
	d := n.Digits
	if d == nil || n.torn {
		if !n.torn {
			c.add(name, n, "say how many: digits: {min: 1, max: 4}", "digits is missing")
		}
		return
	}
	if d.Min < 0 || d.Max < 1 || d.Max > 32 || d.Min > d.Max {
		c.add(name, n, "use 0 ≤ min ≤ max and 1 ≤ max ≤ 32", "digits: min %d, max %d", d.Min, d.Max)
	}
	if d.End != "" && !strings.Contains("0123456789*#ABCD", d.End) || len(d.End) > 1 {
		c.add(name, n, "use one key such as #", "digits: end is %q", d.End)
	}
	if d.Gap < 0 {
		c.add(name, n, "use 0s or more", "digits: gap is negative")
	}
	if n.Attempts < 0 {
		c.add(name, n, "use 1 or more", "attempts is negative")
	}
}

func (c *checker) needSpeech(name string, n *Node) {
	if n.Say == "" && n.File == "" && !n.torn {
		c.add(name, n, "give say (text) or file", "there is nothing to say")
	}
	if n.Say != "" && n.File != "" {
		c.add(name, n, "keep one of them", "both say and file are given")
	}
}

func (c *checker) need(name string, n *Node, key, value string) {
	if value == "" && !n.torn {
		c.add(name, n, "add it", "%s is missing", key)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
