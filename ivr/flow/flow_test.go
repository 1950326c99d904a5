package flow

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/speech"
)

func sample(t *testing.T) *Flow {
	t.Helper()
	base, err := os.ReadFile("../../etc/knowledge/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, problems := ParseBase(base)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	data, err := os.ReadFile("../../etc/flows/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, problems := Parse(data, World{Bases: map[string]*Base{"shop": b}})
	for _, p := range problems {
		t.Error(p)
	}
	if f == nil {
		t.FailNow()
	}
	return f
}

// talk is a conversation under test.
type talk struct {
	flow    *Flow
	s       State
	effects []Effect
}

func (c *talk) step(in speech.Input) string {
	c.s, c.effects = c.flow.Step(c.s, in)
	var said []string
	for _, e := range c.effects {
		if s, ok := e.(Say); ok {
			said = append(said, s.Line.Text)
		}
	}
	return strings.Join(said, " ")
}

func (c *talk) hearing() *speech.Hearing {
	if l, ok := c.effects[len(c.effects)-1].(Listen); ok {
		return &l.Hearing
	}
	return nil
}

func say(text string) speech.Input { return speech.Input{Text: text} }

func TestTheSampleFlow(t *testing.T) {
	c := &talk{flow: sample(t)}
	c.s = c.flow.New(map[string]string{"caller": "100"})
	steps := []struct {
		in   speech.Input
		want string
	}{
		{speech.Input{Begin: true}, "Welcome to the corner shop"},
		{say("when are you open"), "We are open from nine to six, Monday to Saturday. Is there anything else"},
		{say("how long does delivery take"), "Delivery takes two working days."},
		{say("Where is my order, please?"), "Please key in your four digit order number."},
		{speech.Input{Digits: "12"}, "That was not a four digit number."},
		{speech.Input{Digits: "1234"}, "Order 1234 is ready for you in the shop."},
		{say("no thank you"), "One last question."},
		{say("yes"), "Thank you for calling the corner shop. Goodbye."},
	}
	tags := map[string]string{}
	for _, s := range steps {
		if got := c.step(s.in); !strings.HasPrefix(got, s.want) {
			t.Fatalf("after %+v: said %q, want %q", s.in, got, s.want)
		}
		for _, e := range c.effects {
			if tag, ok := e.(Tagged); ok {
				tags[tag.Name] = tag.Value
			}
		}
	}
	if tags["order"] != "1234" || tags["survey"] != "yes" {
		t.Errorf("tags %v", tags)
	}
	last, ok := c.effects[len(c.effects)-1].(Ended)
	if !ok || last.End.Reason != "goodbye" || !c.s.Over {
		t.Errorf("last effect %+v, over %v", last, c.s.Over)
	}
}

func TestHintsHoldRepliesAndQuestions(t *testing.T) {
	c := &talk{flow: sample(t)}
	c.s = c.flow.New(nil)
	c.step(speech.Input{Begin: true})
	h := c.hearing()
	all := strings.Join(h.Hints.Phrases, "|")
	if h.Hints.Closed || !strings.Contains(all, "when are you open") || !strings.Contains(all, "can i pay by card") {
		t.Errorf("hints %+v", h.Hints)
	}
}

func TestNotUnderstoodTwiceEnds(t *testing.T) {
	c := &talk{flow: sample(t)}
	c.s = c.flow.New(nil)
	c.step(speech.Input{Begin: true})
	if got := c.step(say("bananas from the moon")); !strings.HasPrefix(got, "Sorry, I did not understand") {
		t.Fatalf("said %q", got)
	}
	c.step(say(""))
	if !c.s.Over {
		t.Error("the flow goes on")
	}
}

func TestClassesByLikeness(t *testing.T) {
	n := &Node{Replies: []Reply{
		{Class: "yes", Phrases: []string{"yes", "yes please", "of course"}},
		{Class: "no", Phrases: []string{"no", "no thank you", "not now"}},
		{Class: "later", Phrases: []string{"call me back tomorrow", "please call me later"}},
		{Class: "nine", Phrases: []string{"at 9 o'clock", "9 a.m."}},
		{Class: "要", Phrases: []string{"我要订餐", "订餐"}},
	}}
	for said, want := range map[string]string{
		"yes":                             "yes",
		"Yes!":                            "yes",
		"um yes please do":                "yes",
		"of course":                       "yes",
		"no":                              "no",
		"No, thank you.":                  "no",
		"could you call me back tomorrow": "later",
		"call me tomorrow":                "later",
		"the weather is nice":             "",
		"":                                "",
		"we would like to do it on the":   "",
		"i would like to be called tomorrow if you please": "",
		"can you please call me back some time tomorrow":   "later",
		"at nine oclock":                   "nine",
		"nine a m":                         "nine",
		"我想订餐":                             "要",
		"今天天气很好":                           "",
		"yesterday i was not at home":      "",
		"nothing to do with knowing a lot": "",
	} {
		got := ""
		if r, _ := n.classify(newPhrase(said)); r != nil {
			got = r.Class
		}
		if got != want {
			t.Errorf("%q is class %q, want %q", said, got, want)
		}
	}
}

// TestTheShopUnderstandsOtherWords: people do not say the example phrases.
func TestTheShopUnderstandsOtherWords(t *testing.T) {
	f := sample(t)
	for said, want := range map[string]string{
		"what time do you open tomorrow":              "reply hours",
		"could you tell me your opening hours please": "reply hours",
		"at what time does the shop close":            "reply hours",
		"i would like to know where my orders":        "reply order",
		"is my order ready":                           "reply order",
		"can you check the status of my order for me": "reply order",
		"do you take credit cards or only cash":       "knowledge can i pay by card",
		"how long will the delivery take":             "knowledge how long does delivery take",
		"um what was the address of your shop":        "knowledge where are you",
		"no thanks that is all":                       "reply nothing",
		"thank you goodbye":                           "reply nothing",
		"i want to buy a bicycle":                     "other",
		"the weather is very nice today":              "other",
		"please connect me to a manager":              "other",
		"what time is it":                             "other",
		"":                                            "other",
	} {
		c := &talk{flow: f, s: f.New(nil)}
		c.step(speech.Input{Begin: true})
		c.step(say(said))
		got := ""
		for _, e := range c.effects {
			if v, ok := e.(Visited); ok && got == "" {
				got = v.By
			}
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", said, got, want)
		}
	}
}

func TestVariablesInBothWritings(t *testing.T) {
	vars := map[string]string{"name": "Ann", "n": "3"}
	if got := expand("Hi {{name}}, ${ n } of {{ unknown }}$5 {x}", vars); got != "Hi Ann, 3 of $5 {x}" {
		t.Errorf("got %q", got)
	}
}

func TestStepLeavesItsStateAlone(t *testing.T) {
	f := sample(t)
	s := f.New(nil)
	s, _ = f.Step(s, speech.Input{Begin: true})
	before := s.Vars["wish"]
	s, _ = f.Step(s, say("when are you open"))
	next, _ := f.Step(s, say("no"))
	if before != "" || s.Vars["wish"] != "" || next.Vars["wish"] != "no" {
		t.Errorf("before %q, now %q, next %q", before, s.Vars["wish"], next.Vars["wish"])
	}
}

// TestAnyCallerComesToAnEndOrIsListenedTo: whatever is said and keyed, a
// checked flow either waits or ends, and says something each time it waits.
func TestAnyCallerComesToAnEndOrIsListenedTo(t *testing.T) {
	f := sample(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := &talk{flow: f, s: f.New(nil)}
		in := speech.Input{Begin: true}
		for range 30 {
			said := c.step(in)
			last := c.effects[len(c.effects)-1]
			_, waits := last.(Listen)
			_, ended := last.(Ended)
			if waits == ended || said == "" {
				rt.Fatalf("at %s after %+v: waits %v, ended %v, said %q", c.s.Node, in, waits, ended, said)
			}
			if ended {
				return
			}
			in = speech.Input{
				Text:   rapid.SampledFrom([]string{"", "yes", "no", "my order", "when are you open", "where is the shop", "xyzzy"}).Draw(rt, "text"),
				Digits: rapid.SampledFrom([]string{"", "1", "1234", "9999", "12*4"}).Draw(rt, "digits"),
			}
		}
	})
}

func ExampleParse() {
	_, problems := Parse([]byte(`
name: broken
start: hello
nodes:
  hello:
    type: play
    say: Hello {{nobody}}
    next: nowhere
  lost:
    type: end
    frobnicate: 1
`), World{})
	for _, p := range problems {
		fmt.Println(p)
	}
	// Output:
	// line 7: node hello: variable "nobody" is unknown: declare it under variables
	// line 8: node hello: next leads to node "nowhere", which does not exist: name one of the nodes
	// line 9: node lost: no path from start reaches this node: lead to it or remove it
	// line 11: unknown key "frobnicate": remove it or correct its spelling
}
