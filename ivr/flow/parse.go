package flow

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one mistake in a flow or a knowledge base.
type Problem struct {
	Line   int
	Node   string
	Text   string
	Remedy string
}

func (p Problem) String() string {
	where := fmt.Sprintf("line %d: ", p.Line)
	if p.Node != "" {
		where += "node " + p.Node + ": "
	}
	return where + p.Text + ": " + p.Remedy
}

// ParseBase reads a knowledge base. It returns a Base or every problem.
func ParseBase(data []byte) (*Base, []Problem) {
	var b Base
	if ps := decode(data, &b); len(ps) > 0 {
		return nil, ps
	}
	if ps := b.check(data); len(ps) > 0 {
		return nil, ps
	}
	return &b, nil
}

// Parse reads a flow and binds it to its knowledge bases, given by name. It
// returns a Flow that can be used or every problem.
func Parse(data []byte, bases map[string]*Base) (*Flow, []Problem) {
	var f Flow
	if ps := decode(data, &f); len(ps) > 0 {
		return nil, ps
	}
	f.locate(data)
	c := checker{flow: &f}
	c.bind(bases)
	c.check()
	if len(c.problems) > 0 {
		sort.SliceStable(c.problems, func(i, j int) bool { return c.problems[i].Line < c.problems[j].Line })
		return nil, c.problems
	}
	return &f, nil
}

var (
	lineError    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	unknownField = regexp.MustCompile(`^field (\S+) not found in type .*$`)
	wrongType    = regexp.MustCompile(`^cannot unmarshal !!(\w+) (.*) into (.*)$`)
)

// decode reads strict YAML and puts the library's complaints into our words.
func decode(data []byte, into any) []Problem {
	if doc := (yaml.Node{}); yaml.Unmarshal(data, &doc) == nil && len(doc.Content) == 0 {
		return []Problem{{Line: 1, Text: "the file is empty", Remedy: "declare name, start and nodes"}}
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	lines := []string{err.Error()}
	if te := (*yaml.TypeError)(nil); errors.As(err, &te) {
		lines = te.Errors
	}
	var ps []Problem
	for _, l := range lines {
		p := Problem{Line: 1, Text: l, Remedy: "correct the YAML"}
		if m := lineError.FindStringSubmatch(l); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Text = m[2]
		}
		if m := unknownField.FindStringSubmatch(p.Text); m != nil {
			p.Text, p.Remedy = fmt.Sprintf("unknown key %q", m[1]), "remove it or correct its spelling"
		}
		if m := wrongType.FindStringSubmatch(p.Text); m != nil {
			p.Text = fmt.Sprintf("%s is not a %s", strings.Trim(m[2], "`"), humanType(m[3]))
			p.Remedy = "give a value of that kind"
		}
		ps = append(ps, p)
	}
	return ps
}

func humanType(t string) string {
	switch {
	case strings.HasSuffix(t, "Duration"):
		return "time such as 3s or 500ms"
	case strings.HasPrefix(t, "int"), strings.HasPrefix(t, "*int"):
		return "whole number"
	case strings.HasPrefix(t, "bool"), strings.HasPrefix(t, "*bool"):
		return "yes or no (true, false)"
	case strings.HasPrefix(t, "[]"):
		return "list"
	case strings.HasPrefix(t, "map"), strings.Contains(t, "flow."):
		return "group of keys"
	}
	return t
}

// locate notes the line on which each node stands.
func (f *Flow) locate(data []byte) {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return
	}
	nodes := child(doc.Content[0], "nodes")
	if nodes == nil {
		return
	}
	for i := 0; i+1 < len(nodes.Content); i += 2 {
		if n := f.Nodes[nodes.Content[i].Value]; n != nil {
			n.line = nodes.Content[i].Line
		}
	}
}

func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
