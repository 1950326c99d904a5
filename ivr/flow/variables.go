package flow

import (
	"regexp"
	"sort"
	"strings"
)

// AnsweredBy is the variable that tells who has taken a call that we made.
const AnsweredBy = "answered_by"

// knownVariables come with every call.
var knownVariables = map[string]bool{
	"caller": true, "called": true, "caller_name": true, "call_id": true, "verstat": true, "attest": true, AnsweredBy: true,
	transferResult: true, transferCause: true, transferSeconds: true,
}

// knows says whether a flow has a variable.
func (f *Flow) knows(v string) bool {
	_, declared := f.Variables[v]
	return declared || knownVariables[v]
}

var (
	braces       = regexp.MustCompile(`\{\{[^{}]*\}\}|\$\{[^{}]*\}|\{\{|\$\{|\}\}`)
	variableOnly = regexp.MustCompile(`^(?:` + variable.String() + `)$`)
)

// noVariable is what to do about braces that hold none.
const noVariable = "name a variable with letters, digits and _ only, as in {{order}}, or leave the braces out"

// strayBraces lists what looks like a variable and would be spoken as it
// stands.
func strayBraces(text string) (stray []string) {
	for _, s := range braces.FindAllString(text, -1) {
		if !variableOnly.MatchString(s) {
			stray = append(stray, s)
		}
	}
	return stray
}

// checkNames reports declared variables that no text can name.
func (c *checker) checkNames() {
	var names []string
	for v := range c.flow.Variables {
		names = append(names, v)
	}
	sort.Strings(names)
	for _, v := range names {
		if !variableOnly.MatchString("{{"+v+"}}") || strings.TrimSpace(v) != v {
			c.addTop("variables", "use letters, digits and _, as in order_id", "variable %q cannot be named in a text", v)
		}
	}
}

func (c *checker) checkVariables(name string, n *Node) {
	use := func(text string) {
		for _, v := range variablesIn(text) {
			c.checkVariable(name, n, v)
		}
		for _, s := range strayBraces(text) {
			c.addAt(s, name, n, noVariable, "%s is not a variable", s)
		}
	}
	use(n.Say)
	use(n.Retry)
	use(n.Value)
	use(n.Target)
	use(n.File)
	for _, text := range n.agentTexts() {
		use(text)
	}
	for _, t := range n.Tools {
		for v := range t.Outputs {
			c.checkVariable(name, n, v)
		}
	}
	for v, text := range n.Set {
		c.checkVariable(name, n, v)
		use(text)
	}
	for _, k := range n.Cases {
		c.checkVariable(name, n, k.Variable)
	}
	if n.Into != "" {
		c.checkVariable(name, n, n.Into)
	}
}

func (c *checker) checkVariable(name string, n *Node, v string) {
	if !c.flow.knows(v) {
		c.addAt(v, name, n, "declare it under variables", "variable %q is unknown", v)
	}
}
