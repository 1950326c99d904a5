package agents

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"parley/ivr/flow"
	"parley/speech"
)

const script = `
name: random
start: first
nodes:
  first:
    type: agent
    prompt: Be the first.
    commands: [{name: Leave Now, next: second}, {name: Leave For Good, next: bye}]
    functions: [{name: end}, {name: transfer_to_ann, next: ann}]
    tools:
      - {name: change, when: often, method: POST, url: "https://x.example.com"}
      - {name: look, when: often, url: "https://x.example.com"}
    failed: second
  second:
    type: agent
    say: second1 second2 second3.
    prompt: Be the second.
    commands: [{name: Leave Now, next: first}]
    failed: first
  ann: {type: transfer, target: "200", say: ann1 ann2, else: second}
  bye: {type: end, say: bye1 bye2.}
`

// model says anything in any pieces, and does everything wrong now and then.
// Its words are never the same. It also runs the tools.
type model struct {
	*stage
	dice    *rand.Rand // under the stage's mutex
	busy    map[int]int
	said    int
	changes int
}

// roll throws the dice.
func (m *model) roll(n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dice.IntN(n)
}

func (m *model) count(epoch, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy == nil {
		m.busy = map[int]int{}
	}
	if m.busy[epoch] += n; m.busy[epoch] == 0 {
		delete(m.busy, epoch)
	}
}

// Chat implements speech.Model.
func (m *model) Chat(ctx context.Context, c speech.Chat, out func(speech.Delta) error) error {
	epoch := ctx.Value(epochKey{}).(int)
	m.count(epoch, 1)
	defer m.count(epoch, -1)
	m.check(c)
	if err := wait(ctx, time.Duration(m.roll(1500))*time.Millisecond); err != nil {
		return err
	}
	switch m.roll(20) {
	case 0:
		return speech.ErrBusy
	case 1:
		return speech.ErrUnavailable
	case 2:
		return nil
	case 3:
		return wait(ctx, time.Hour)
	}
	for range 1 + m.roll(4) {
		for text := m.sentence(); text != ""; {
			n := 1 + m.roll(len(text))
			if err := out(speech.Delta{Text: text[:n]}); err != nil {
				return err
			}
			text = text[n:]
			if err := wait(ctx, time.Duration(m.roll(120))*time.Millisecond); err != nil {
				return err
			}
		}
	}
	if m.roll(15) == 0 {
		return speech.ErrUnavailable
	}
	name := []string{"", "", "", "", "", "change", "look", "call_end", "call_transfer_to_ann"}[m.roll(9)]
	if name == "" {
		return nil
	}
	return out(speech.Delta{Call: &speech.ToolCall{ID: fmt.Sprint(m.roll(1e9)), Name: name, Arguments: "{}"}})
}

func (m *model) sentence() string {
	switch m.roll(14) {
	case 0:
		return " #Leave Now# "
	case 1:
		return "{Leave that} #leave_for good#"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var words []string
	for range 1 + m.dice.IntN(8) {
		m.said++
		words = append(words, fmt.Sprintf("Robot%d", m.said))
	}
	return strings.Join(words, " ") + ". "
}

// check looks at what the model is asked: the robot has said nothing that was
// not heard, but for what it is just saying; nothing stands there twice.
func (m *model) check(c speech.Chat) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := map[string]bool{}
	last := 0
	for i, x := range c.Messages {
		if x.Role == speech.RoleCaller && !strings.Contains(x.Text, "handed") {
			last = i
		}
	}
	for i, x := range c.Messages {
		for _, w := range strings.Fields(x.Text) {
			switch {
			case x.Role == speech.RoleRobot && i < last && !m.heard[w] && !strings.HasPrefix(w, "Sorry"):
				m.Errorf("the model is told that %q was said, which nobody heard: %+v", w, c.Messages)
			case (strings.HasPrefix(w, "Robot") || strings.HasPrefix(w, "caller") && w != "caller") && seen[w] && x.Role != speech.RoleTool:
				m.Errorf("%q is in the history twice: %+v", w, c.Messages)
			}
			seen[w] = true
		}
	}
	if data, err := json.Marshal(c.Messages); err != nil || strings.Contains(string(data), "Leave") {
		m.Errorf("a command is in the history: %s, %v", data, err)
	}
}

// Do implements agent.Tools.
func (m *model) Do(ctx context.Context, t flow.Tool, _ flow.State, _ map[string]any) (string, map[string]string, error) {
	epoch := ctx.Value(epochKey{}).(int)
	if !t.IsSafe() {
		m.mu.Lock()
		if !m.committed[epoch] {
			m.Errorf("epoch %d changes something and was not heard", epoch)
		}
		m.changes++
		m.mu.Unlock()
	}
	if err := wait(ctx, time.Duration(m.roll(2000))*time.Millisecond); err != nil {
		return "", nil, err
	}
	return "result", nil, nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
