package agent

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"parley/ivr/flow"
	"parley/speech"
)

// runAll runs the tools that the model has called, in order. Functions that
// leave the agent come last: the first of them counts.
func (r *reply) runAll(ctx context.Context, calls []speech.ToolCall) error {
	for _, c := range calls {
		if i := slices.IndexFunc(r.Node.Functions, func(w flow.Way) bool { return w.FunctionName() == c.Name }); i >= 0 {
			if r.verdict.Function == "" {
				r.verdict.Function = r.Node.Functions[i].Name
			}
			continue
		}
		if err := r.runOne(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// runOne runs one tool. What goes wrong is told to the model.
func (r *reply) runOne(ctx context.Context, c speech.ToolCall) error {
	i := slices.IndexFunc(r.Node.Tools, func(t flow.Tool) bool { return t.Name == c.Name })
	args := map[string]any{}
	var problem string
	switch {
	case i < 0:
		problem = "there is no function of that name"
	case strings.TrimSpace(c.Arguments) != "" && json.Unmarshal([]byte(c.Arguments), &args) != nil:
		problem = "the arguments are no JSON object"
	}
	if problem != "" {
		r.Exchange.Call(c)
		r.journal.Log(KindTool, c.Name, map[string]any{"error": problem})
		r.Exchange.Result(c.ID, "error: "+problem)
		return nil
	}
	t := r.Node.Tools[i]
	if missing := missing(t, args); missing != "" {
		r.Exchange.Call(c)
		r.journal.Log(KindTool, c.Name, map[string]any{"error": "the model gave no " + missing})
		r.Exchange.Result(c.ID, "error: "+missing+" is missing; ask the caller for it")
		return nil
	}
	if err := r.allowed(ctx, t); err != nil {
		return err
	}
	r.Exchange.Call(c)
	start := time.Now()
	result, set, err := r.run.Do(ctx, t, r.State, args)
	if ctx.Err() != nil {
		return context.Cause(ctx) // nobody waits for it any more
	}
	attrs := map[string]any{"ms": time.Since(start).Milliseconds()}
	if err != nil {
		attrs["error"], result = err.Error(), "error: "+err.Error()
	}
	r.journal.Log(KindTool, c.Name, attrs)
	r.Exchange.Result(c.ID, result)
	if len(set) > 0 {
		if r.verdict.Set == nil {
			r.verdict.Set = map[string]string{}
		}
		maps.Copy(r.verdict.Set, set)
		r.State.Vars = maps.Clone(r.State.Vars)
		maps.Copy(r.State.Vars, set)
	}
	return nil
}

func missing(t flow.Tool, args map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		if _, ok := args[name]; !ok && !t.Parameters[name].Optional {
			return name
		}
	}
	return ""
}

// allowed waits, before a tool that changes something, until the caller hears
// the answer: one that is taken back must have done nothing.
func (r *reply) allowed(ctx context.Context, t flow.Tool) error {
	if r.lines == 0 && (t.Say != "" || !t.IsSafe()) {
		text := r.State.Expand(t.Say)
		if text == "" {
			text = oneMoment(r.Language)
		}
		if err := r.say(speech.Line{Text: text, Language: r.Language, Voice: r.Voice}); err != nil {
			return err
		}
	}
	if t.IsSafe() {
		return nil
	}
	late := time.NewTimer(r.cfg.LineTimeout)
	defer late.Stop()
	select {
	case <-r.Committed:
		return ctx.Err()
	case <-late.C:
		return errHeard
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func oneMoment(language string) string {
	if strings.HasPrefix(strings.ToLower(language), "zh") {
		return "请稍等。"
	}
	return "One moment, please."
}
