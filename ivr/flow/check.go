package flow

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// maxScript is the longest script of a conversation node, in characters
// (requirement F2).
const maxScript = 300

// knownVariables come with every call.
var knownVariables = map[string]bool{"caller": true, "called": true, "caller_name": true, "call_id": true}

type checker struct {
	flow     *Flow
	problems []Problem
}

func (c *checker) add(node string, n *Node, remedy, format string, args ...any) {
	line := 1
	if n != nil {
		line = n.line
	}
	c.problems = append(c.problems, Problem{Line: line, Node: node, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// bind finds the flow's knowledge bases.
func (c *checker) bind(bases map[string]*Base) {
	for _, name := range c.flow.Knowledge {
		b := bases[name]
		if b == nil {
			c.add("", nil, "declare it in a knowledge file, or remove it from knowledge", "knowledge base %q does not exist", name)
			continue
		}
		c.flow.bases = append(c.flow.bases, b)
	}
}

func (c *checker) check() {
	f := c.flow
	if f.Name == "" {
		c.add("", nil, "give the flow a name", "name is missing")
	}
	if len(f.Nodes) == 0 {
		c.add("", nil, "declare at least an end node", "there are no nodes")
		return
	}
	if f.Nodes[f.Start] == nil {
		c.add("", nil, "name one of the nodes", "start names node %q, which does not exist", f.Start)
	}
	for _, name := range c.names() {
		n := f.Nodes[name]
		if n == nil {
			c.add(name, nil, "give it a type", "the node is empty")
			continue
		}
		c.checkKeys(name, n)
		c.checkNode(name, n)
		c.checkTargets(name, n)
		c.checkVariables(name, n)
	}
	if len(c.problems) == 0 {
		c.checkPaths()
	}
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
		if len(n.Cases) == 0 {
			c.add(name, n, "add a case, or use next on the node before", "a branch without cases decides nothing")
		}
		for i, k := range n.Cases {
			if forms := b2i(k.Is != nil) + b2i(len(k.In) > 0) + b2i(k.Set); forms != 1 {
				c.add(name, n, "give one of is, in, set", "case %d has %d conditions", i+1, forms)
			}
		}
	case Assign:
		c.need(name, n, "next", n.Next)
		if len(n.Set) == 0 {
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
	case End:
		switch n.Action {
		case "", "hangup", "continue":
		case "transfer":
			c.need(name, n, "target", n.Target)
		default:
			c.add(name, n, "use hangup, continue or transfer", "action %q is unknown", n.Action)
		}
	case "":
		c.add(name, n, "use play, conversation, collect, branch, assign, tag, knowledge or end", "type is missing")
	default:
		c.add(name, n, "use play, conversation, collect, branch, assign, tag, knowledge or end", "type %q is unknown", n.Type)
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
		if r.Class == "" || len(r.Phrases) == 0 || r.Next == "" {
			c.add(name, n, "give class, phrases and next", "reply %d is not complete", i+1)
		}
		for _, p := range r.Phrases {
			key := newPhrase(p).key
			if key == "" {
				c.add(name, n, "give it words", "reply %s has an empty phrase %q", r.Class, p)
			} else if other, ok := seen[key]; ok && other != r.Class {
				c.add(name, n, "leave it in one class", "phrase %q is in the classes %s and %s", p, other, r.Class)
			}
			seen[key] = r.Class
		}
	}
}

func (c *checker) checkDigits(name string, n *Node) {
	d := n.Digits
	if d == nil {
		c.add(name, n, "say how many: digits: {min: 1, max: 4}", "digits is missing")
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
	if n.Say == "" && n.File == "" {
		c.add(name, n, "give say (text) or file", "there is nothing to say")
	}
	if n.Say != "" && n.File != "" {
		c.add(name, n, "keep one of them", "both say and file are given")
	}
}

func (c *checker) need(name string, n *Node, key, value string) {
	if value == "" {
		c.add(name, n, "add it", "%s is missing", key)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// check looks at a knowledge base (limits of requirement F4).
func (b *Base) check(data []byte) []Problem {
	var ps []Problem
	add := func(line int, remedy, format string, args ...any) {
		ps = append(ps, Problem{Line: line, Text: fmt.Sprintf(format, args...), Remedy: remedy})
	}
	if b.Name == "" {
		add(1, "give the base a name", "name is missing")
	}
	if len(b.Entries) == 0 {
		add(1, "add at least one entry", "there are no entries")
	}
	lines := entryLines(data)
	for i := range b.Entries {
		e, line := &b.Entries[i], 1
		if i < len(lines) {
			line = lines[i]
		}
		long := func(what, s string, most int) {
			if n := utf8.RuneCountInString(s); n > most {
				add(line, "shorten it", "%s has %d characters, %d are allowed", what, n, most)
			}
		}
		if strings.TrimSpace(e.Question) == "" {
			add(line, "add it", "question is missing")
		}
		if strings.TrimSpace(e.Answer) == "" {
			add(line, "add it", "answer is missing")
		}
		if e.Category == "" {
			e.Category = "default"
		}
		long("category", e.Category, 100)
		long("answer", e.Answer, 2000)
		for _, q := range append([]string{e.Question}, e.Also...) {
			long("question", q, 200)
			if p := newPhrase(q); p.key != "" {
				e.questions = append(e.questions, p)
			}
		}
	}
	return ps
}
