package agent

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/call"
	"parley/ivr/flow"
	"parley/speech"
)

// act is what a scripted model does at one request: pieces of text or calls,
// one after the other, and then an error, if there is one.
type act struct {
	deltas []any // string, speech.ToolCall, time.Duration (a pause), error
	forth  bool  // never ends: the deltas from the second on come again and again
}

func says(pieces ...any) act { return act{deltas: pieces} }

// script is a model that plays one act after the other.
type script struct {
	mu    sync.Mutex
	acts  []act
	chats []speech.Chat
	busy  int // requests under way
}

var errScript = errors.New("the script is over")

func (s *script) Chat(ctx context.Context, c speech.Chat, out func(speech.Delta) error) error {
	s.mu.Lock()
	s.chats = append(s.chats, c)
	s.busy++
	if len(s.acts) == 0 {
		s.busy--
		s.mu.Unlock()
		return errScript
	}
	a := s.acts[0]
	s.acts = s.acts[1:]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.busy--
		s.mu.Unlock()
	}()
	for again := false; again || len(a.deltas) > 0; again = a.forth {
		for _, d := range a.deltas {
			if err := play(ctx, d, out); err != nil {
				return err
			}
		}
		if !a.forth {
			return nil
		}
		if !again {
			a.deltas = a.deltas[1:]
		}
	}
	return nil
}

func play(ctx context.Context, d any, out func(speech.Delta) error) error {
	switch d := d.(type) {
	case string:
		return out(speech.Delta{Text: d})
	case speech.ToolCall:
		return out(speech.Delta{Call: &d})
	case time.Duration:
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return ctx.Err()
		}
	case error:
		return d
	}
	return nil
}

// desk asks an Agent, and keeps what it delivers.
type desk struct {
	t         *testing.T
	cfg       Config
	web       *Web
	node      flow.Node
	model     *script
	memory    *Memory
	journal   *call.Journal
	committed chan struct{}
	lines     []string
	onLine    func(string)
	epoch     int
}

func newDesk(t *testing.T, acts ...act) *desk {
	return &desk{
		t: t, cfg: Defaults(), model: &script{acts: acts}, memory: NewMemory(10), journal: call.NewJournal(time.Now()),
		committed: make(chan struct{}),
		node: flow.Node{
			Type:      flow.Agent,
			Commands:  []flow.Way{{Name: "Hangup", Next: "bye", When: "the caller says goodbye"}, {Name: "Transfer to Agent", Next: "desk"}},
			Functions: []flow.Way{{Name: "end"}, {Name: "transfer_to_ethan", Next: "ethan", When: "the caller wants Ethan"}},
		},
	}
}

func (d *desk) ask(ctx context.Context, text string) (flow.Verdict, error) {
	d.epoch++
	d.lines = nil
	web := d.web
	if web == nil {
		web = NewWeb(d.cfg)
	}
	defer web.Close()
	e := d.memory.Ask(d.epoch, speech.Input{Text: text})
	return New(d.cfg, web).Answer(ctx, d.journal, &Question{
		Node: &d.node, State: flow.State{Node: "talk", Vars: map[string]string{"caller": "100", "name": "Ann B"}},
		Prompt: "You are a robot.", Language: "en-US", Model: d.model, Memory: d.memory, Exchange: e, Committed: d.committed,
		Deliver: func(a speech.Answer) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if a.Line.Text != "" {
				e.Line(a.Line.Text)
			}
			d.lines = append(d.lines, a.Line.Text+a.Line.File)
			if d.onLine != nil {
				d.onLine(a.Line.Text)
			}
			return nil
		},
	})
}

func (d *desk) said() string { return strings.Join(d.lines, "|") }

// logged tells whether the journal has an event of a kind with a text in it.
func (d *desk) logged(kind, text string) bool {
	for _, e := range d.journal.Events() {
		all := e.Text
		for k, v := range e.Attrs {
			if s, ok := v.(string); ok {
				all += " " + k + "=" + s
			}
		}
		if e.Kind == kind && strings.Contains(all, text) {
			return true
		}
	}
	return false
}
