package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// problemsOf returns what Parse says of a flow, one line each.
func problemsOf(t *testing.T, text string, w World) []string {
	t.Helper()
	f, problems := Parse([]byte(text), w)
	if (f == nil) != (len(problems) > 0) {
		t.Fatalf("flow %v with problems %v", f != nil, problems)
	}
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%d: %s: %s", p.Line, p.Node, p.Text))
	}
	return all
}

// TestMistakesOfEveryKindAtOnce: a value of the wrong kind or a misspelt key
// hides no other mistake, and makes up none.
func TestMistakesOfEveryKindAtOnce(t *testing.T) {
	got := problemsOf(t, `name: shop
start: hello
nodes:
  hello:
    type: play
    say: Hello {{who}}
    nxt: ask
  ask:
    type: conversation
    say: How can I help?
    interruptible: perhaps
    replies:
      - {class: one, phrases: [one], next: nowhere}
    other: bye
  alone:
    type: play
    say: Nobody comes here.
    next: bye
  bye:
    type: end
`, World{})
	want := []string{
		`6: hello: variable "who" is unknown`,
		`7: : unknown key "nxt"`,
		`11: : perhaps is not a yes or no (true, false)`,
		`13: ask: reply one leads to node "nowhere", which does not exist`,
		`15: alone: no path from start reaches this node`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestWhatCannotWorkIsNamed: a flow that is well formed and still cannot do
// what it says.
func TestWhatCannotWorkIsNamed(t *testing.T) {
	base, problems := ParseBase([]byte("name: b\nentries:\n  - {question: where, answer: 'Ask {{boss}}, {{caller}}.'}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	w := World{
		Bases: map[string]*Base{"b": base},
		Speaks: func(language, voice string) error {
			return fmt.Errorf("no voice %q speaks %q", voice, language)
		},
		Understands: func(string, string) error { return errors.New("nobody understands klingon") },
		Sound:       func(name string) error { return fmt.Errorf("%s is not there", name) },
	}
	got := strings.Join(problemsOf(t, `name: shop
language: klingon
voice: bob
start: hello
variables: {order-id: ""}
knowledge: [b]
no_response: {after: -1s, times: -2, text: "Hello {{caller}}"}
nodes:
  hello:
    type: play
    file: nosuch.wav
    next: ask
  ask:
    type: conversation
    say: Is it {{order-id}} or ${x y} or {{ ?
    replies:
      - {class: one, phrases: ["my {{caller}}"], next: bye}
    other: bye
  bye:
    type: end
---
name: second
`, w), "\n")
	for _, want := range []string{
		`3: : no voice "bob" speaks "klingon"`,
		`5: : variable "order-id" cannot be named in a text`,
		`6: : the answer to "where" in knowledge base "b" needs variable "boss", which is unknown here`,
		`7: : no_response has a negative value`,
		`7: : no_response.text holds no variables`,
		`11: hello: file cannot be played: nosuch.wav is not there`,
		`13: ask: it listens to speech: nobody understands klingon`,
		`15: ask: {{order-id}} is not a variable`, `15: ask: ${x y} is not a variable`, `15: ask: {{ is not a variable`,
		`17: ask: phrase "my {{caller}}" of reply one has braces`,
		`21: : a second document begins here`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, `"caller" `) {
		t.Errorf("a variable that every call has is unknown:\n%s", got)
	}
	if _, problems := ParseBase([]byte("name: b\nentries:\n  - {question: q, answer: 'It is {{order-id}}.'}\n")); len(problems) != 1 || problems[0].Line != 3 {
		t.Errorf("braces in an answer: %v", problems)
	}
}
