package ivr

import (
	"testing"
	"time"

	"parley/call"
	"parley/ivr/flow"
	"parley/speech"
)

// TestAFlowKnowsWhoHasAnswered: as it was last judged.
func TestAFlowKnowsWhoHasAnswered(t *testing.T) {
	f, problems := flow.Parse([]byte(`name: shop
start: who
nodes:
  who:
    type: branch
    cases: [{variable: answered_by, is: beep, next: message}]
    else: hello
  hello: {type: end, say: "Hello, {{answered_by}}."}
  message: {type: end, say: Please call us back.}
`), flow.World{})
	if problems != nil {
		t.Fatal(problems)
	}
	for who, want := range map[string]string{"": "Hello, .", "human": "Hello, human.", "beep": "Please call us back."} {
		c := NewConversation(f, call.Info{}, call.NewJournal(time.Now()), Agents{})
		if who != "" {
			c.AnsweredBy("machine")
			c.AnsweredBy(who)
		}
		said := ""
		if err := c.Reply(t.Context(), 1, speech.Input{Begin: true}, func(a speech.Answer) error {
			if a.Line != nil {
				said += a.Line.Text
			}
			return nil
		}); err != nil || said != want {
			t.Errorf("%q: it says %q, %v", who, said, err)
		}
	}
}
