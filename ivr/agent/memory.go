package agent

import (
	"strings"
	"sync"

	"parley/speech"
)

// Memory is what has been said in one call, as it was heard: what the robot
// meant to say and the caller did not hear is not in it (requirement V8), nor
// is anything of an answer that was taken back. It is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	most  int // exchanges
	past  []*Exchange
	draft *Exchange
	asked map[int]bool // epochs that were
}

// NewMemory returns a Memory of the last most exchanges.
func NewMemory(most int) *Memory {
	return &Memory{most: most, asked: map[int]bool{}}
}

// Exchange is what the caller said, and the answer to it.
type Exchange struct {
	memory *Memory
	epoch  int
	caller string
	rounds []round
}

// round is one answer of the model, up to the tools that it calls.
type round struct {
	lines []line
	calls []toolCall
}

type line struct {
	text, heard string
	over        bool // it is known what was heard of it
}

type toolCall struct {
	speech.ToolCall
	result string // empty: not known
}

// Ask begins the exchange of an epoch. The one before it, if it did not become
// real, is forgotten.
func (m *Memory) Ask(epoch int, in speech.Input) *Exchange {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.draft = &Exchange{memory: m, epoch: epoch, caller: said(in), rounds: make([]round, 1)}
	m.asked[epoch] = true
	delete(m.asked, epoch-10*m.most)
	return m.draft
}

// said is what the caller did, as the model gets it.
func said(in speech.Input) string {
	switch {
	case in.Begin:
		return ""
	case in.Digits != "":
		return "(The caller keys " + in.Digits + ".)"
	case in.Transfer != nil:
		return "(The caller is back from a transfer: " + in.Transfer.End + ".)"
	case strings.TrimSpace(in.Text) == "":
		return "(The caller said something that was not understood.)"
	}
	return in.Text
}

// Commit makes the exchange of an epoch real.
func (m *Memory) Commit(epoch int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.draft != nil && m.draft.epoch == epoch {
		m.keep(m.draft)
		m.draft = nil
	}
}

func (m *Memory) keep(e *Exchange) {
	m.past = append(m.past, e)
	if n := len(m.past) - m.most; n > 0 {
		m.past = append([]*Exchange(nil), m.past[n:]...)
	}
}

// Heard tells what was heard of a line. News of lines need not come in their
// order. What belongs to no exchange was the machine's own: a reminder.
func (m *Memory) Heard(epoch int, text string) {
	text = strings.TrimSpace(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if text == "" {
		return
	}
	for _, e := range m.past {
		if e.epoch == epoch {
			e.heard(text)
			return
		}
	}
	if !m.asked[epoch] {
		m.asked[epoch] = true
		m.keep(&Exchange{memory: m, epoch: epoch, rounds: []round{{lines: []line{{text, text, true}}}}})
	}
}

// heard finds the line: the first that is the same, else the first that begins
// so.
func (e *Exchange) heard(text string) {
	for _, fits := range []func(string) bool{
		func(whole string) bool { return whole == text },
		func(whole string) bool { return strings.HasPrefix(whole, text) },
	} {
		for i := range e.rounds {
			for j := range e.rounds[i].lines {
				if l := &e.rounds[i].lines[j]; !l.over && fits(l.text) {
					l.heard, l.over = text, true
					return
				}
			}
		}
	}
	last := &e.rounds[len(e.rounds)-1]
	last.lines = append(last.lines, line{text, text, true})
}

// Line notes a line that is about to be spoken.
func (e *Exchange) Line(text string) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	r := &e.rounds[len(e.rounds)-1]
	r.lines = append(r.lines, line{text: strings.TrimSpace(text)})
}

// Call notes a tool that is about to be run.
func (e *Exchange) Call(c speech.ToolCall) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	r := &e.rounds[len(e.rounds)-1]
	r.calls = append(r.calls, toolCall{ToolCall: c})
}

// Result notes what a tool has given.
func (e *Exchange) Result(id, text string) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	calls := e.rounds[len(e.rounds)-1].calls
	for i := range calls {
		if calls[i].ID == id && calls[i].result == "" {
			calls[i].result = text
			return
		}
	}
}

// Round begins the model's next answer: what it says having seen the results.
func (e *Exchange) Round() {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	e.rounds = append(e.rounds, round{})
}
