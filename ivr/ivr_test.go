package ivr

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/ivr/flow"
	"parley/speech"
)

func TestTheSampleLibraryIsSound(t *testing.T) {
	l, problems := Load("../etc", Defaults(), flow.World{})
	for _, p := range problems {
		t.Error(p)
	}
	if names := l.Names(); len(names) == 0 || l.Flow("shop") == nil {
		t.Errorf("flows %v", names)
	}
}

func TestEveryProblemOfEveryFileIsListed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", "name: a\nstart: x\nnodes:\n  x: {type: end}\n")
	write("b.yaml", "name: a\nstart: x\nnodes:\n  x: {type: end}\n")
	write("c.yaml", "name: c\nstart: y\nknowledge: [none]\nnodes:\n  x: {type: end}\n")
	l, problems := Load(dir, Config{Flows: []string{"*.yaml"}, Knowledge: []string{"kb/*.yaml"}}, flow.World{})
	var all []string
	for _, p := range problems {
		all = append(all, p.String())
	}
	got := strings.Join(all, "\n")
	for _, want := range []string{
		"kb/*.yaml: line 1: no file is named so", "b.yaml: line 1: there are two flows named", "knowledge base \"none\" does not exist", "start names node \"y\"",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
	if l.Flow("a") == nil || l.Flow("c") != nil {
		t.Errorf("flows %v", l.Names())
	}
}

// TestAnAnswerThatIsTakenBackNeverHappened: the flow's state and the tags
// follow what the caller heard, not what was worked out.
func TestAnAnswerThatIsTakenBackNeverHappened(t *testing.T) {
	l, _ := Load("../etc", Defaults(), flow.World{})
	j := call.NewJournal(time.Now())
	c := NewConversation(l.Flow("shop"), call.Info{Caller: "100"}, j, Agents{})
	var said []string
	ask := func(epoch int, in speech.Input) {
		said = nil
		err := c.Reply(t.Context(), epoch, in, func(a speech.Answer) error {
			if a.Line != nil {
				said = append(said, a.Line.Text)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ask(1, speech.Input{Begin: true})
	c.Commit(1)
	ask(2, speech.Input{Text: "no thank you"}) // leads to the survey
	ask(3, speech.Input{Text: "no thank you when are you open"})
	ask(4, speech.Input{Text: "when are you open"})
	if !strings.HasPrefix(said[0], "We are open") {
		t.Fatalf("said %q: the state moved without a commit", said)
	}
	c.Commit(3) // an old epoch
	ask(5, speech.Input{Text: "when are you open"})
	if !strings.HasPrefix(said[0], "We are open") {
		t.Fatalf("said %q: an old epoch was committed", said)
	}
	c.Commit(5)
	ask(6, speech.Input{Text: "nothing else"})
	c.Commit(6)
	ask(7, speech.Input{Text: "yes"})
	tags := func() (n int) {
		for _, e := range j.Events() {
			if e.Kind == call.KindTag {
				n++
			}
		}
		return n
	}
	if n := tags(); n != 0 {
		t.Errorf("%d tags before the answer was heard", n)
	}
	c.Commit(7)
	if n := tags(); n != 1 {
		t.Errorf("%d tags, want 1", n)
	}
}

func TestBadPatternsAreReported(t *testing.T) {
	var keys []string
	c := Defaults()
	c.Flows, c.Agent.MaxRounds, c.Agent.AllowNetworks = []string{"[x"}, 0, []string{"10.0.0.0"}
	c.Validate(func(key, _, _ string) { keys = append(keys, key) })
	slices.Sort(keys)
	if !slices.Equal(keys, []string{"agent.allow_networks[0]", "agent.max_rounds", "flows[0]"}) {
		t.Errorf("keys %v", keys)
	}
}
