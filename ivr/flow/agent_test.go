package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/speech"
)

// TestMistakesInAnAgent are named with their lines.
func TestMistakesInAnAgent(t *testing.T) {
	w := World{
		Templates: map[string]string{"shop": "# Task\nWork for {{business}}. #Leave#\n", "other": ""},
		Model: func(name string) error {
			if name == "" {
				return nil
			}
			return errors.New("there is none")
		},
	}
	got := problemsOf(t, `name: talk
start: a
nodes:
  a:
    type: agent
    template: shop
    model: gpt
    prompt: |
      # Style
      Say #Go Away# or #desk#, press the # key, {{nobody}} {DTMF 1}.
    commands:
      - {name: Desk, next: nowhere}
      - {name: "D E S K", next: z}
      - {name: "a#b", next: z}
      - {name: half}
    functions:
      - {name: end}
      - {name: transfer_to_ann}
      - {name: "no way!", next: z}
    tools:
      - {name: call_end, when: never, url: "ftp://x"}
      - name: look
        url: https://x.example.com/{{who}}
        method: FETCH
        timeout: 10m
        parameters: {p: {type: thing}}
        outputs: {unknown: id}
    attempts: -1
    next: z
  b:
    type: agent
    template: shop2
    failed: z
  c: {type: agent, failed: z}
  z: {type: end}
`, w)
	for _, want := range []string{
		`4: a: failed is missing`,
		`4: a: attempts is negative`,
		`4: a: variable "business" is unknown`,
		`7: a: model: there is none`,
		`8: a: the prompt speaks of #Go Away#, which leads nowhere`,
		`4: a: the prompt speaks of #Leave#, which leads nowhere`,
		`8: a: variable "nobody" is unknown`,
		`12: a: command Desk leads to node "nowhere", which does not exist`,
		`13: a: command "D E S K" is there twice`,
		`14: a: command "a#b" has # or braces in its name`,
		`4: a: command 4 is not complete`,
		`18: a: function transfer_to_ann leads nowhere`,
		`19: a: function or tool "call_no way!" cannot be named so`,
		`21: a: there are two functions or tools named call_end`,
		`21: a: tool call_end: url "ftp://x" is no http or https address`,
		`22: a: tool look: when is missing`,
		`23: a: variable "who" is unknown`,
		`24: a: tool look: method "FETCH" is unknown`,
		`22: a: tool look: timeout is 10m0s`,
		`26: a: tool look: parameter p has the unknown type "thing"`,
		`27: a: variable "unknown" is unknown`,
		`4: a: next means nothing here`,
		`32: b: template "shop2" is unknown`,
		`34: c: the model is not told who it is`,
	} {
		want = strings.Replace(want, "18: a: function transfer_to_ann", "18: a: function call_transfer_to_ann", 1)
		if !slices.Contains(got, want) {
			t.Errorf("want %s", want)
		}
	}
	if t.Failed() {
		t.Logf("got\n%s", strings.Join(got, "\n"))
	}
}

func talkFlow(t *testing.T, keys string) *Flow {
	t.Helper()
	f, problems := Parse([]byte(`name: talk
language: zh-CN
start: a
variables: {who: Ann, id: ""}
nodes:
  a:
    type: agent
    prompt: Talk to {{who}} and ${caller}.
    commands: [{name: Desk, next: desk}]
    functions: [{name: end}, {name: transfer_to_ann, next: desk}]
    failed: z`+keys+`
  desk: {type: play, say: "Desk {{id}}.", next: z}
  z: {type: end, say: Bye.}
`), World{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return f
}

func shown(effects []Effect) string {
	var all []string
	for _, e := range effects {
		switch e := e.(type) {
		case Say:
			all = append(all, e.Line.Text)
		case Visited:
			all = append(all, "["+e.Node+" "+e.By+"]")
		case Listen:
			all = append(all, "<listen>")
		case Consulted:
			all = append(all, fmt.Sprintf("<consult %s %v>", e.Node, e.Entered))
		case Ended:
			all = append(all, "<end "+e.End.Reason+">")
		}
	}
	return strings.Join(all, " ")
}

func TestAnAgentIsConsulted(t *testing.T) {
	f := talkFlow(t, "\n    attempts: 3\n    retry: Again, {{who}}?")
	begin := f.New(map[string]string{"caller": "7"})
	first, effects := f.Step(begin, speech.Input{Begin: true})
	if got := shown(effects); got != "<consult a true>" {
		t.Fatalf("begins with %s", got)
	}
	if got := f.Prompt(first); got != "Talk to Ann and 7." {
		t.Errorf("prompt %q", got)
	}
	if _, effects = f.Step(first, speech.Input{Text: "hi"}); shown(effects) != "<consult a false>" {
		t.Errorf("goes on with %s", shown(effects))
	}
	for _, c := range []struct {
		verdict Verdict
		want    string
	}{
		{Verdict{}, "<listen>"},
		{Verdict{Command: "Desk", Set: map[string]string{"id": "5"}}, "[a #Desk#] Desk 5. [desk next] Bye. [z end] <end z>"},
		{Verdict{Function: "transfer_to_ann"}, "[a call_transfer_to_ann] Desk . [desk next] Bye. [z end] <end z>"},
		{Verdict{Function: "end"}, "[a call_end] <end a>"},
		{Verdict{Function: "end", Silent: true}, "[a call_end] " + defaultClosing + " <end a>"},
		{Verdict{Failed: true}, "[a again] Again, Ann? <listen>"},
	} {
		s, effects := f.Resume(first, c.verdict)
		if got := shown(effects); got != c.want {
			t.Errorf("%+v: %s, want %s", c.verdict, got, c.want)
		}
		if first.Vars["id"] != "" || first.Attempts != 0 {
			t.Error("Resume changed the state it was given")
		}
		if h, ok := effects[len(effects)-1].(Listen); ok && (h.Hearing.Digits == nil || s.Node != "a") {
			t.Errorf("%+v: listens %+v at %s", c.verdict, h, s.Node)
		}
	}
	s, _ := f.Resume(first, Verdict{Failed: true})
	s, _ = f.Resume(s, Verdict{Failed: true})
	if _, effects := f.Resume(s, Verdict{Failed: true}); shown(effects) != "[a failed] Bye. [z end] <end z>" {
		t.Errorf("the third failure: %s", shown(effects))
	}
	s, _ = f.Resume(s, Verdict{})
	if s.Attempts != 0 {
		t.Error("a success does not end the row of failures")
	}
}

func TestAnAgentWithItsOwnWords(t *testing.T) {
	f := talkFlow(t, "\n    say: Hello {{who}}.")
	s, effects := f.Step(f.New(nil), speech.Input{Begin: true})
	if got := shown(effects); got != "Hello Ann. <listen>" {
		t.Errorf("begins with %s", got)
	}
	if _, effects = f.Resume(s, Verdict{Failed: true}); !strings.Contains(shown(effects), agentRetry["zh"]) {
		t.Errorf("a failure in Chinese: %s", shown(effects))
	}
	if got := f.Models(); len(got) != 1 || got[0] != "" {
		t.Errorf("models %q", got)
	}
}
