package ivr

import (
	"context"
	"errors"
	"maps"
	"sync"

	"parley/call"
	"parley/ivr/agent"
	"parley/ivr/flow"
	"parley/speech"
)

// Conversation lets a flow answer a caller. An answer that is asked for is
// worked out on a copy of the flow's state; only when the caller begins to
// hear it does that copy become the state, and do its tags count. So an
// answer that is taken back never happened. The answer of an agent node may
// still be coming when the caller hears its beginning; from then on each step
// counts as it is made.
//
// It has the methods that voice asks of its programs.
type Conversation struct {
	flow    *flow.Flow
	agents  Agents
	journal *call.Journal
	memory  *agent.Memory

	mu    sync.Mutex
	state flow.State
	stood *flow.State // where it stood when the last answer that is real began
	reply *reply      // the last that was asked for
}

// Agents are what agent nodes need; flows without any need none.
type Agents struct {
	// Agent talks; nil: every agent node fails.
	Agent *agent.Agent
	// Model returns the language model of a name, nil if there is none. The
	// empty name is the model of those who name none.
	Model func(name string) speech.Model
	// MaxHistory is how many exchanges are remembered; 0: as by default.
	MaxHistory int
}

// reply is one answer under way.
type reply struct {
	epoch   int
	deliver func(speech.Answer) error
	said    *agent.Exchange
	real    chan struct{} // closed when the caller begins to hear it

	// The conversation's mutex guards these.
	begin     flow.State // where the answer began
	state     flow.State
	effects   []flow.Effect // that are not in the journal yet
	committed bool
}

// NewConversation begins a conversation. The call's own variables go over the
// flow's.
func NewConversation(f *flow.Flow, info call.Info, j *call.Journal, a Agents) *Conversation {
	vars := map[string]string{
		"caller": info.Caller, "called": info.Called, "caller_name": info.CallerName, "call_id": string(info.ID),
		"verstat": info.Identity.Verstat, "attest": info.Identity.Attest,
		flow.AnsweredBy: "",
	}
	for k, v := range info.Variables {
		vars[k] = v
	}
	if a.MaxHistory == 0 {
		a.MaxHistory = agent.Defaults().MaxHistory
	}
	return &Conversation{flow: f, journal: j, agents: a, state: f.New(vars), memory: agent.NewMemory(a.MaxHistory)}
}

// maxConsults bounds the agents that one answer may go through.
const maxConsults = 5

var errCircle = errors.New("the flow's agents send the caller in a circle")

// Reply works out the answer to in.
func (c *Conversation) Reply(ctx context.Context, epoch int, in speech.Input, deliver func(speech.Answer) error) error {
	r := c.begin(epoch, in, deliver)
	state, effects := c.flow.Step(r.state, in)
	for range maxConsults {
		asked, err := c.carryOut(ctx, r, state, effects)
		if asked == nil || err != nil {
			return err
		}
		verdict, err := c.consult(ctx, r, state, asked)
		if err != nil {
			return err
		}
		state, effects = c.flow.Resume(state, verdict)
	}
	return errCircle
}

// begin makes epoch the answer that counts. A conversation that had come to
// its end, and goes on all the same, goes on where it stood before: the caller
// was quicker than the end.
func (c *Conversation) begin(epoch int, in speech.Input, deliver func(speech.Answer) error) *reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.flow.Nodes[c.state.Node]; c.stood != nil && in.Transfer == nil && (c.state.Over || n != nil && n.Type == flow.Transfer) {
		c.state = *c.stood
	}
	c.reply = &reply{
		epoch: epoch, deliver: deliver, said: c.memory.Ask(epoch, in), real: make(chan struct{}),
		begin: c.state, state: c.state,
	}
	return c.reply
}

// carryOut delivers what a step of the flow has come to: first its lines, and
// when the state has become that of the answer, how it ends. It returns the
// agent that is to be consulted, if one is.
func (c *Conversation) carryOut(ctx context.Context, r *reply, s flow.State, effects []flow.Effect) (asked *flow.Consulted, err error) {
	var last *speech.Answer
	for _, e := range effects {
		switch e := e.(type) {
		case flow.Say:
			if err := r.say(speech.Answer{Line: &e.Line}); err != nil {
				return nil, err
			}
		case flow.Listen:
			last = &speech.Answer{Listen: &e.Hearing}
		case flow.Sent:
			last = &speech.Answer{Transfer: &e.Transfer}
		case flow.Ended:
			last = &speech.Answer{End: &e.End}
		case flow.Consulted:
			asked = &e
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	c.reach(r, s, effects)
	if last != nil {
		return nil, r.deliver(*last)
	}
	return asked, nil
}

// say delivers a line, having noted it.
func (r *reply) say(a speech.Answer) error {
	if a.Line.Text != "" {
		r.said.Line(a.Line.Text)
	}
	return r.deliver(a)
}

// reach makes s the state of an answer.
func (c *Conversation) reach(r *reply, s flow.State, effects []flow.Effect) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.state = s
	r.effects = append(r.effects, effects...)
	if c.reply == r && r.committed {
		c.settle(r)
	}
}

// consult lets the agent of a node answer.
func (c *Conversation) consult(ctx context.Context, r *reply, s flow.State, asked *flow.Consulted) (flow.Verdict, error) {
	n := c.flow.Nodes[asked.Node]
	q := &agent.Question{
		Node: n, State: s, Prompt: c.flow.Prompt(s), Language: c.flow.Language, Voice: c.flow.Voice,
		Uninterruptible: n.Interruptible != nil && !*n.Interruptible,
		Memory:          c.memory, Exchange: r.said, Entered: asked.Entered, Committed: r.real, Deliver: r.say,
	}
	if c.agents.Model != nil {
		q.Model = c.agents.Model(n.Model)
	}
	if c.agents.Agent == nil {
		return flow.Verdict{Failed: true}, nil
	}
	return c.agents.Agent.Answer(ctx, c.journal, q)
}

// Commit makes the answer of epoch real: what it has come to becomes the
// flow's state.
func (c *Conversation) Commit(epoch int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.reply
	if r == nil || r.epoch != epoch || r.committed {
		return
	}
	c.memory.Commit(epoch)
	r.committed = true
	close(r.real)
	c.stood = &r.begin
	c.settle(r)
}

// settle makes the state of a real answer that of the conversation.
func (c *Conversation) settle(r *reply) {
	c.state = r.state
	for _, e := range r.effects {
		switch e := e.(type) {
		case flow.Visited:
			c.journal.Log(call.KindVisit, e.Node, map[string]any{"by": e.By})
		case flow.Tagged:
			c.journal.Log(call.KindTag, e.Name, map[string]any{"value": e.Value})
		}
	}
	r.effects = nil
}

// AnsweredBy sets the variable of that name to who has taken the call.
func (c *Conversation) AnsweredBy(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Vars = maps.Clone(c.state.Vars)
	c.state.Vars[flow.AnsweredBy] = who
}

// Heard tells what the caller heard of a line; agents remember no more.
func (c *Conversation) Heard(epoch int, text string) { c.memory.Heard(epoch, text) }
