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
	root, ps := decode(data, &b)
	if root == nil {
		return nil, ps
	}
	if ps = inOrder(append(ps, b.check(root)...)); len(ps) > 0 {
		return nil, ps
	}
	return &b, nil
}

// World is what a flow may rely on. A function that is nil knows everything.
type World struct {
	// Bases are the knowledge bases, by name.
	Bases map[string]*Base
	// Speaks says why a voice cannot speak a language; empty strings are what
	// the flow leaves open.
	Speaks func(language, voice string) error
	// Understands says why nobody understands a language, or a phrase in it;
	// the phrase may be empty.
	Understands func(language, phrase string) error
	// Reaches says why a transfer to a target, which holds no variables, cannot
	// succeed.
	Reaches func(target string) error
	// Model says why no language model is there by that name; the name may be
	// empty.
	Model func(name string) error
	// Templates are the prompts that agents may begin with, by name; nil knows
	// them all, and they are empty.
	Templates map[string]string
	// Sound says why a sound file cannot be played.
	Sound func(name string) error
}

// Parse reads a flow and binds it to the world. It returns a Flow that can be
// used or every problem, whatever the kind: a file that is no YAML at all is
// the only one of which no more is said.
func Parse(data []byte, w World) (*Flow, []Problem) {
	var f Flow
	root, ps := decode(data, &f)
	if root == nil {
		return nil, ps
	}
	c := checker{flow: &f, root: root, world: w, problems: ps}
	c.locate()
	c.bind()
	c.check()
	if len(c.problems) > 0 {
		return nil, inOrder(c.problems)
	}
	return &f, nil
}

func inOrder(ps []Problem) []Problem {
	sort.SliceStable(ps, func(i, j int) bool { return ps[i].Line < ps[j].Line })
	return ps
}

var (
	lineError    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	unknownField = regexp.MustCompile(`^field (\S+) not found in type .*$`)
	wrongType    = regexp.MustCompile(`^cannot unmarshal !!(\w+) (.*) into (.*)$`)
)

// decode reads strict YAML, as far as it is right, and puts the library's
// complaints into our words. The root is nil if the file is no group of keys.
func decode(data []byte, into any) (root *yaml.Node, ps []Problem) {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) == nil {
		switch {
		case len(doc.Content) == 0:
			return nil, []Problem{{Line: 1, Text: "the file is empty", Remedy: "declare its keys"}}
		case doc.Content[0].Kind != yaml.MappingNode:
			return nil, []Problem{{Line: doc.Content[0].Line, Text: "the file is not a group of keys", Remedy: "write it like key: value"}}
		}
		root = doc.Content[0]
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		ps = complaints(err)
	}
	if next := (yaml.Node{}); root != nil && d.Decode(&next) == nil {
		ps = append(ps, Problem{Line: next.Line, Text: "a second document begins here", Remedy: "put it into a file of its own"})
	}
	return root, ps
}

func complaints(err error) (ps []Problem) {
	lines := []string{err.Error()}
	if te := (*yaml.TypeError)(nil); errors.As(err, &te) {
		lines = te.Errors
	}
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

func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
