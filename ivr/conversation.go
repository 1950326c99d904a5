package ivr

import (
	"context"
	"maps"
	"sync"

	"parley/call"
	"parley/ivr/flow"
	"parley/speech"
)

// Conversation lets a flow answer a caller. An answer that is asked for is
// worked out on a copy of the flow's state; only when the caller begins to
// hear it does that copy become the state, and do its tags count. So an
// answer that is taken back never happened.
//
// It has the methods that voice asks of its programs.
type Conversation struct {
	flow    *flow.Flow
	journal *call.Journal

	mu      sync.Mutex
	state   flow.State
	pending outcome
}

// outcome is what an answer would lead to.
type outcome struct {
	epoch   int
	state   flow.State
	effects []flow.Effect
}

// NewConversation begins a conversation. vars are the call's own.
func NewConversation(f *flow.Flow, info call.Info, j *call.Journal) *Conversation {
	vars := map[string]string{
		"caller": info.Caller, "called": info.Called, "caller_name": info.CallerName, "call_id": string(info.ID),
		"verstat": info.Identity.Verstat, "attest": info.Identity.Attest,
		flow.AnsweredBy: "",
	}
	for k, v := range info.Variables {
		vars[k] = v
	}
	return &Conversation{flow: f, journal: j, state: f.New(vars)}
}

// Reply works out the answer to in.
func (c *Conversation) Reply(_ context.Context, epoch int, in speech.Input, deliver func(speech.Answer) error) error {
	c.mu.Lock()
	state, effects := c.flow.Step(c.state, in)
	c.pending = outcome{epoch, state, effects}
	c.mu.Unlock()
	for _, e := range effects {
		var a speech.Answer
		switch e := e.(type) {
		case flow.Say:
			a.Line = &e.Line
		case flow.Listen:
			a.Listen = &e.Hearing
		case flow.Sent:
			a.Transfer = &e.Transfer
		case flow.Ended:
			a.End = &e.End
		default:
			continue
		}
		if err := deliver(a); err != nil {
			return err
		}
	}
	return nil
}

// Commit makes the answer of epoch the flow's state.
func (c *Conversation) Commit(epoch int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending.epoch != epoch {
		return
	}
	c.state = c.pending.state
	for _, e := range c.pending.effects {
		switch e := e.(type) {
		case flow.Visited:
			c.journal.Log(call.KindVisit, e.Node, map[string]any{"by": e.By})
		case flow.Tagged:
			c.journal.Log(call.KindTag, e.Name, map[string]any{"value": e.Value})
		}
	}
	c.pending = outcome{}
}

// AnsweredBy sets the variable of that name to who has taken the call.
func (c *Conversation) AnsweredBy(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Vars = maps.Clone(c.state.Vars)
	c.state.Vars[flow.AnsweredBy] = who
}

// Heard does nothing: a flow's next step does not depend on how much of its
// last line was heard.
func (c *Conversation) Heard(int, string) {}
