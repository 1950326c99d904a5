package agent

import (
	"context"
	"errors"
	"strings"
	"time"

	"parley/call"
	"parley/ivr/flow"
	"parley/speech"
)

// Kinds of events that agents write into a call's journal.
const (
	KindModel = "agent.model" // Text: complete, or the fault; Attrs: first_token_ms, first_sentence_ms, total_ms, pieces, characters, round, attempt
	KindFault = "agent.fault" // Text: the fault; Attrs: then (what is done about it)
	KindTool  = "agent.tool"  // Text: its name; Attrs: ms, error
	KindStray = "agent.stray" // Text: what of an answer was neither spoken nor done
)

// Question is what an agent is to answer.
type Question struct {
	Node  *flow.Node
	State flow.State
	// Prompt of the node, its variables put in.
	Prompt          string
	Language, Voice string
	Uninterruptible bool
	Model           speech.Model
	// Exchange is the one to answer. Entered: the robot begins.
	Exchange *Exchange
	Memory   *Memory
	Entered  bool
	// Committed is closed when the caller begins to hear the answer.
	Committed <-chan struct{}
	// Deliver hands on a line of the answer, and notes it in the Exchange; its
	// error ends the answer.
	Deliver func(speech.Answer) error
}

// Tools runs the tools of agents: Web does.
type Tools interface {
	// Do runs a tool with the arguments that the model gave. It returns what
	// the model is told, and the variables that the tool sets.
	Do(ctx context.Context, t flow.Tool, s flow.State, args map[string]any) (result string, set map[string]string, err error)
}

// Agent answers questions. It is safe for concurrent use.
type Agent struct {
	cfg   Config
	tools Tools
}

// New returns an Agent.
func New(c Config, t Tools) *Agent { return &Agent{cfg: c, tools: t} }

// reply is one answer under way.
type reply struct {
	*Question
	cfg     Config
	run     Tools
	journal *call.Journal

	verdict        flow.Verdict
	lines, strays  int
	round, attempt int
}

// Answer lets the model answer, delivers its lines, and returns what the flow
// is to go on with. Faults of the model are in the Verdict and in the journal;
// the error is ctx's, or Deliver's.
func (a *Agent) Answer(ctx context.Context, j *call.Journal, q *Question) (flow.Verdict, error) {
	r := &reply{Question: q, cfg: a.cfg, run: a.tools, journal: j}
	err := r.answer(ctx)
	if ctx.Err() != nil {
		return flow.Verdict{}, context.Cause(ctx)
	}
	var undelivered *deliverError
	if errors.As(err, &undelivered) {
		return flow.Verdict{}, undelivered.error
	}
	if err != nil {
		r.journal.Log(KindFault, err.Error(), map[string]any{"then": "give up"})
		r.verdict.Failed, r.verdict.Command, r.verdict.Function = true, "", ""
	}
	r.verdict.Silent = r.lines == 0
	return r.verdict, nil
}

// deliverError is an error of Deliver's.
type deliverError struct{ error }

func (r *reply) deliver(a speech.Answer) error {
	if err := r.Deliver(a); err != nil {
		return &deliverError{err}
	}
	return nil
}

// answer asks the model, runs the tools that it calls, and asks again with
// what they have given.
func (r *reply) answer(ctx context.Context) error {
	if r.Model == nil {
		return errNoModel
	}
	for r.round = 1; ; r.round++ {
		if r.round > r.cfg.MaxRounds {
			return errRounds
		}
		calls, err := r.persist(ctx)
		if err != nil || len(calls) == 0 {
			return err
		}
		if err := r.runAll(ctx, calls); err != nil || r.left() {
			return err
		}
		r.Exchange.Round()
	}
}

var errNoModel = errors.New("no language model is configured")

// left tells whether the model has left the agent.
func (r *reply) left() bool { return r.verdict.Command != "" || r.verdict.Function != "" }

// worthTrying is the time that a second try needs at least.
const worthTrying = 500 * time.Millisecond

// persist asks the model, and once more if nothing was said and there is time.
func (r *reply) persist(ctx context.Context) ([]speech.ToolCall, error) {
	deadline := time.Now().Add(r.cfg.LineTimeout)
	for r.attempt = 1; ; r.attempt++ {
		before := r.lines
		calls, err := r.ask(ctx, deadline)
		var undelivered *deliverError
		if err == nil || ctx.Err() != nil || errors.As(err, &undelivered) {
			return calls, err
		}
		if r.attempt > 1 || errors.Is(err, speech.ErrRefused) || r.lines > before || time.Until(deadline) < worthTrying {
			return nil, err
		}
		r.journal.Log(KindFault, err.Error(), map[string]any{"then": "try again"})
	}
}

// messages are what the model is asked. It needs something to answer.
func (r *reply) messages() []speech.Message {
	all := r.Memory.Messages(r.Exchange)
	switch n := len(all); {
	case n == 0:
		all = append(all, speech.Message{Role: speech.RoleCaller, Text: connected})
	case r.Entered && r.round == 1 && all[n-1].Role == speech.RoleRobot:
		all = append(all, speech.Message{Role: speech.RoleCaller, Text: handed})
	}
	return all
}

// say delivers a line.
func (r *reply) say(l speech.Line) error {
	l.Uninterruptible = l.Uninterruptible || r.Uninterruptible
	r.lines++
	return r.deliver(speech.Answer{Line: &l})
}

// act does what stands between braces, and stays. Keys are sent as tones, in
// their place between the words; so nothing of an answer that is taken back is
// keyed.
func (r *reply) act(action string) error {
	_, keys, _ := strings.Cut(action, " ")
	keys = strings.ToUpper(strings.Join(strings.Fields(keys), ""))
	if keys == "" || len(keys) > maxKeys || strings.Trim(keys, "0123456789*#ABCD,") != "" {
		r.stray("{" + action + "}")
		return nil
	}
	return r.say(speech.Line{File: KeysFile + keys, Uninterruptible: true})
}

// KeysFile begins the name of a sound file that is no file, but the tones of
// the keys that follow; a comma is a pause.
const KeysFile = "dtmf:"

// maxKeys is the most that one action keys.
const maxKeys = 32
