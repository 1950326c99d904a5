package flow

import (
	"fmt"
	"strings"
	"testing"
)

// TestEveryMistakeIsNamed: all of a file's mistakes are listed at once, each
// with its line, its node and a remedy.
func TestEveryMistakeIsNamed(t *testing.T) {
	cases := []struct {
		name, nodes string
		want        []string
	}{
		{"missing target", `
  a: {type: play, say: hi, next: b}`,
			[]string{`line 5: node a: next leads to node "b", which does not exist: name one of the nodes`}},
		{"unknown variable", `
  a: {type: play, say: "hi {{who}} ${what}", next: z}
  z: {type: end}`,
			[]string{`node a: variable "who" is unknown`, `node a: variable "what" is unknown`}},
		{"unreachable and endless", `
  a: {type: conversation, say: hi, other: a}
  z: {type: end}`,
			[]string{"node a: no path from this node ends", "node z: no path from start reaches this node"}},
		{"circle without the caller", `
  a: {type: play, say: hi, next: b}
  b: {type: branch, cases: [{variable: v, is: x, next: z}], else: a}
  z: {type: end}`,
			[]string{"node a: a circle runs through this node", "node b: a circle runs through this node"}},
		{"keys of another type", `
  a: {type: play, say: hi, next: z, digits: {max: 3}, into: v}
  z: {type: end}`,
			[]string{"node a: digits means nothing here", "node a: into means nothing here"}},
		{"long script", `
  a: {type: conversation, say: "` + strings.Repeat("x", 301) + `", other: z}
  z: {type: end}`,
			[]string{"node a: say has 301 characters, 300 are allowed"}},
		{"collect", `
  a: {type: collect, say: hi, next: z, digits: {min: 5, max: 4, end: "##"}}
  z: {type: end}`,
			[]string{"into is missing", "failed is missing", "digits: min 5, max 4", `end is "##"`}},
		{"replies", `
  a:
    type: conversation
    say: hi
    other: z
    replies:
      - {class: one, phrases: ["Yes!"], next: z}
      - {class: two, phrases: ["yes"], next: z}
      - {class: three, phrases: ["..."]}
  z: {type: end}`,
			[]string{`phrase "yes" is in the classes one and two`, "reply 3 is not complete", `empty phrase "..."`}},
		{"types", `
  a: {type: dance}
  b: {say: hi}
  z: {type: end, action: fly}`,
			[]string{`type "dance" is unknown`, "node b: type is missing", `action "fly" is unknown`}},
		{"nothing to say", `
  a: {type: play, next: z}
  z: {type: end}`,
			[]string{"node a: there is nothing to say"}},
		{"knowledge without a base", `
  a: {type: knowledge, say: ask, next: z, other: z}
  z: {type: end}`,
			[]string{"node a: the flow has no knowledge base to ask"}},
		{"wrong kinds", `
  a: {type: collect, digits: {min: many}, listen: maybe}`,
			[]string{"many is not a whole number", "maybe is not a yes or no"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, problems := Parse([]byte("name: test\nstart: a\nvariables: {v: \"\"}\nnodes:"+c.nodes), World{})
			if f != nil {
				t.Fatal("the flow was accepted")
			}
			var all []string
			for _, p := range problems {
				if p.Remedy == "" || p.Line < 1 {
					t.Errorf("%+v has no remedy or no line", p)
				}
				all = append(all, p.String())
			}
			got := strings.Join(all, "\n")
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("want %q in:\n%s", want, got)
				}
			}
		})
	}
}

func TestKnowledgeBasesAreChecked(t *testing.T) {
	_, problems := ParseBase([]byte(`
entries:
  - question: ""
    answer: something
  - question: ` + strings.Repeat("q", 201) + `
    answer: ` + strings.Repeat("a", 2001) + `
    category: ` + strings.Repeat("c", 101) + `
`))
	got := fmt.Sprint(problems)
	for _, want := range []string{
		"line 1: name is missing", "line 3: question is missing", "line 5: question has 201 characters, 200 are allowed",
		"line 5: answer has 2001 characters", "line 5: category has 101 characters",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in %s", want, got)
		}
	}
	if _, problems := ParseBase(nil); len(problems) != 1 {
		t.Errorf("an empty file has %d problems", len(problems))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("name: a\nstart: a\nnodes:\n  a: {type: end}\n"))
	f.Add([]byte("nodes:\n  a:\n"))
	f.Add([]byte("start: a\nnodes: {a: {type: branch, cases: [{}]}}"))
	f.Add([]byte("start: a\nnodes: {a: &x {say: *x, type: end}}"))
	f.Add([]byte("start: a\nnodes: {a: &x {y: *x, next: [*x, *x, *x]}, b: {type: *x}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		flow, problems := Parse(data, World{})
		if (flow == nil) == (len(problems) == 0) {
			t.Errorf("flow %v with %d problems", flow != nil, len(problems))
		}
	})
}
