package agent

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/speech"
)

func told(m *Memory) string {
	var all []string
	for _, x := range m.Messages(m.Ask(1<<30, speech.Input{Begin: true})) {
		all = append(all, string(x.Role)+": "+x.Text)
	}
	return strings.Join(all, "\n")
}

func TestMemoryHoldsWhatWasHeard(t *testing.T) {
	m := NewMemory(10)
	e := m.Ask(1, speech.Input{Begin: true})
	e.Line("Welcome.")
	m.Commit(1)
	m.Heard(1, "Welcome.")

	m.Ask(2, speech.Input{Text: "I want"}).Line("What do you want?") // taken back
	m.Heard(2, "What do")                                            // a frame too late
	e = m.Ask(3, speech.Input{Text: "I want a table"})
	e.Line("For how many people?")
	e.Line("We have room for ten.")
	e.Line("Or more.")
	m.Commit(3)
	m.Commit(2)
	m.Heard(3, "We have")              // cut here; its news came first
	m.Heard(3, "For how many people?") // and then this
	m.Heard(4, "Could you repeat it?") // a reminder
	m.Ask(5, speech.Input{Text: "five"}).Line("For five.")
	m.Commit(5)
	m.Heard(5, "")
	m.Ask(6, speech.Input{Digits: "12"})
	m.Commit(6)
	m.Ask(7, speech.Input{})
	m.Commit(7)
	want := `assistant: Welcome.
user: I want a table
assistant: For how many people? We have
assistant: Could you repeat it?
user: five
user: (The caller keys 12.)
user: (The caller said something that was not understood.)`
	if got := told(m); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := NewMemory(3)
	for i := 1; i < 200; i++ {
		m.Ask(i, speech.Input{Text: fmt.Sprint(i)})
		m.Commit(i)
	}
	if got := told(m); got != "user: 197\nuser: 198\nuser: 199" || len(m.asked) > 40 {
		t.Errorf("%q, %d epochs", got, len(m.asked))
	}
}

// TestNoUnheardWordIsRemembered in any order of events: what the robot is
// remembered to have said is what was heard of real answers, each word once.
func TestNoUnheardWordIsRemembered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewMemory(1000)
		heard := map[string]bool{}
		word := 0
		for epoch := 1; epoch <= rapid.IntRange(1, 12).Draw(t, "epochs"); epoch++ {
			e := m.Ask(epoch, speech.Input{Text: "u"})
			var lines [][]string
			for range rapid.IntRange(0, 4).Draw(t, "lines") {
				var l []string
				for range rapid.IntRange(1, 4).Draw(t, "words") {
					word++
					l = append(l, fmt.Sprintf("w%d", word))
				}
				lines = append(lines, l)
				e.Line(strings.Join(l, " "))
			}
			if !rapid.Bool().Draw(t, "real") {
				continue
			}
			m.Commit(epoch)
			for _, i := range rapid.Permutation([]int{0, 1, 2, 3}).Draw(t, "order") {
				if i >= len(lines) {
					continue
				}
				n := rapid.IntRange(0, len(lines[i])).Draw(t, "heard")
				m.Heard(epoch, strings.Join(lines[i][:n], " "))
				for _, w := range lines[i][:n] {
					heard[w] = true
				}
			}
		}
		for _, x := range m.Messages(m.Ask(1<<30, speech.Input{Begin: true})) {
			if x.Role != speech.RoleRobot {
				continue
			}
			for _, w := range strings.Fields(x.Text) {
				if !heard[w] {
					t.Fatalf("%s is remembered and was not heard, or twice", w)
				}
				delete(heard, w)
			}
		}
		if len(heard) > 0 {
			t.Fatalf("heard and forgotten: %v", heard)
		}
	})
}

func TestTemplates(t *testing.T) {
	all := Templates()
	for _, name := range []string{"appointment", "survey", "outreach", "blank"} {
		if !strings.HasPrefix(all[name], "# ") {
			t.Errorf("template %s begins %.20q", name, all[name])
		}
	}
	if len(all) != 4 {
		t.Errorf("%d templates", len(all))
	}
}
