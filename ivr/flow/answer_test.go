package flow

import (
	"strings"
	"testing"
)

// TestAFlowSaysWhatIsDoneWithMachines: and knows who has taken the call.
func TestAFlowSaysWhatIsDoneWithMachines(t *testing.T) {
	const nodes = `
start: who
nodes:
  who:
    type: branch
    cases: [{variable: answered_by, is: beep, next: message}]
    else: hello
  hello: {type: end, say: Hello.}
  message: {type: end, say: Please call us back.}
`
	f, problems := Parse([]byte("name: shop\nanswer: {machine: message, silence: wait, message: Please call us back.}"+nodes), World{})
	if problems != nil {
		t.Fatal(problems)
	}
	if f.Answer.Machine != "message" || f.Answer.Silence != "wait" || f.Answer.Screening != "" {
		t.Errorf("%+v", f.Answer)
	}
	got := strings.Join(problemsOf(t, "name: shop\nanswer: {machine: shout, message: \"Hello {{caller}}\"}"+nodes, World{}), "\n")
	for _, want := range []string{`2: : answer has no policy "shout"`, `2: : answer.message holds no variables`} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}
