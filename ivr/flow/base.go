package flow

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// check looks at a knowledge base (limits of requirement F4).
func (b *Base) check(root *yaml.Node) []Problem {
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
	lines := entryLines(root)
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
		for _, s := range strayBraces(e.Answer) {
			add(line, noVariable, "%s in the answer is not a variable", s)
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

// entryLines returns the line of each entry of a knowledge base.
func entryLines(root *yaml.Node) []int {
	entries := child(root, "entries")
	if entries == nil {
		return nil
	}
	var lines []int
	for _, e := range entries.Content {
		lines = append(lines, e.Line)
	}
	return lines
}
