package flow

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/ivr/agent/stream"
)

var (
	functionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,58}$`)
	methods      = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	paramTypes   = []string{"string", "number", "integer", "boolean"}
)

// maxToolTimeout is the longest that a caller may be left waiting for a tool.
const maxToolTimeout = 30 * time.Second

func (c *checker) checkAgent(name string, n *Node) {
	c.need(name, n, "failed", n.Failed)
	if n.Say != "" && n.File != "" {
		c.add(name, n, "keep one of them", "both say and file are given")
	}
	if n.Attempts < 0 {
		c.add(name, n, "use 1 or more", "attempts is negative")
	}
	if n.Template == "" && strings.TrimSpace(n.Prompt) == "" && !n.torn {
		c.add(name, n, "give prompt, or a template", "the model is not told who it is")
	}
	c.checkTemplate(name, n)
	if c.world.Model != nil {
		if err := c.world.Model(n.Model); err != nil {
			c.addAt(n.Model, name, n, "name one of the configuration's models, or leave model out", "model: %v", err)
		}
	}
	c.checkCommands(name, n)
	c.checkFunctions(name, n)
	c.checkPromptCommands(name, n)
}

// checkTemplate finds the node's template.
func (c *checker) checkTemplate(name string, n *Node) {
	if n.Template == "" {
		return
	}
	text, ok := c.world.Templates[n.Template]
	if !ok && c.world.Templates != nil {
		var known []string
		for t := range c.world.Templates {
			known = append(known, t)
		}
		slices.Sort(known)
		c.addAt(n.Template, name, n, "use "+strings.Join(known, ", "), "template %q is unknown", n.Template)
	}
	n.template = text
}

func (c *checker) checkCommands(name string, n *Node) {
	seen := map[string]bool{}
	for i, w := range n.Commands {
		key := stream.Fold(w.Name)
		switch {
		case n.torn:
		case key == "" || w.Next == "":
			c.add(name, n, "give name and next", "command %d is not complete", i+1)
		case strings.ContainsAny(w.Name, "#{}\n"):
			c.addAt(w.Name, name, n, "write the name without them", "command %q has # or braces in its name", w.Name)
		case seen[key]:
			c.addAt(w.Name, name, n, "leave it in once", "command %q is there twice", w.Name)
		}
		seen[key] = true
	}
}

func (c *checker) checkFunctions(name string, n *Node) {
	seen := map[string]bool{}
	once := func(declared, w string) {
		if !functionName.MatchString(w) && !n.torn {
			c.addAt(declared, name, n, "use letters, digits and _, as in transfer_to_sales", "function or tool %q cannot be named so", w)
		}
		if seen[w] {
			c.addAt(declared, name, n, "rename one of them", "there are two functions or tools named %s", w)
		}
		seen[w] = true
	}
	for _, w := range n.Functions {
		once(w.Name, w.FunctionName())
		if w.Next == "" && w.FunctionName() != callEnd && !n.torn {
			c.addAt(w.Name, name, n, "add next", "function %s leads nowhere", w.FunctionName())
		}
	}
	for i := range n.Tools {
		once(n.Tools[i].Name, n.Tools[i].Name)
		c.checkTool(name, n, n.Tools[i])
	}
}

func (c *checker) checkTool(name string, n *Node, t Tool) {
	if n.torn {
		return
	}
	if u, err := url.Parse(variable.ReplaceAllString(t.URL, "x")); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.addAt(t.URL, name, n, "use an address such as https://api.example.com/orders", "tool %s: url %q is no http or https address", t.Name, t.URL)
	}
	if t.When == "" {
		c.addAt(t.Name, name, n, "say when the model is to use it", "tool %s: when is missing", t.Name)
	}
	if t.Method != "" && !slices.Contains(methods, t.Method) {
		c.addAt(t.Method, name, n, "use "+strings.Join(methods, ", "), "tool %s: method %q is unknown", t.Name, t.Method)
	}
	if t.Timeout < 0 || t.Timeout > maxToolTimeout {
		c.addAt(t.Name, name, n, "use a time up to "+maxToolTimeout.String(), "tool %s: timeout is %s", t.Name, t.Timeout)
	}
	for _, p := range slices.Sorted(maps.Keys(t.Parameters)) {
		is := t.Parameters[p]
		if is.Type != "" && !slices.Contains(paramTypes, is.Type) {
			c.addAt(is.Type, name, n, "use "+strings.Join(paramTypes, ", "), "tool %s: parameter %s has the unknown type %q", t.Name, p, is.Type)
		}
	}
}

// checkPromptCommands: every command that the prompt speaks of has its way.
func (c *checker) checkPromptCommands(name string, n *Node) {
	var known []string
	for _, w := range n.Commands {
		known = append(known, w.Name)
	}
	s := stream.NewScanner(known, nil)
	for _, t := range append(s.Feed(n.template+"\n"+n.Prompt+"\n"), s.Flush()...) {
		if t.Kind == stream.Stray && t.Text[0] == '#' && !n.torn {
			c.addAt(t.Text, name, n, "add it to commands with its next", "the prompt speaks of %s, which leads nowhere", t.Text)
		}
	}
}

// agentTexts lists the texts of an agent node that may hold variables.
func (n *Node) agentTexts() []string {
	texts := []string{n.template, n.Prompt}
	for _, w := range append(slices.Clone(n.Commands), n.Functions...) {
		texts = append(texts, w.When)
	}
	for _, t := range n.Tools {
		texts = append(texts, t.When, t.URL, t.Say)
		for _, v := range t.Headers {
			texts = append(texts, v)
		}
		for _, v := range t.Inputs {
			texts = append(texts, v)
		}
	}
	return texts
}
