package main

import (
	"cmp"
	"context"
	"fmt"

	"parley/audiosocket"
	"parley/call"
	"parley/ivr"
	"parley/ivr/flow"
	"parley/media"
	"parley/speech"
	"parley/voice"
	"parley/voice/answer"
)

// serveCall is the call side's program: it has a call served by its route.
func (p *parley) serveCall(ctx context.Context, c call.Call) error {
	return p.route(ctx, c, p.arrival(c))
}

// arrival is where a call stands when it comes in.
func (p *parley) arrival(c call.Call) station {
	i := c.Info()
	return station{cfg: p.config(), called: i.Called, person: !i.Transferred}
}

// here has a call served with what is in the house: the echo, a flow behind
// the AudioSocket, or a foreign AudioSocket.
func (p *parley) here(ctx context.Context, r call.Route, at station) call.Handler {
	if r.Echo {
		at.log(ctx, echoProgram)
		return func(ctx context.Context, c call.Call) error { return p.answerEcho(ctx, c, at) }
	}
	node := audiosocket.Node{Address: p.audioAddr, Control: p.voice, Clock: p.clock, Transfer: p.sendOn(at)}
	if r.AudioSocket != "" {
		r.Program = "audiosocket " + r.AudioSocket
		node.Address, node.Control = r.AudioSocket, nil
	}
	at.log(ctx, r.Program)
	at.answered()
	return audiosocket.NewHandler(r.Program, node)
}

// answerEcho answers a caller with his own voice.
func (p *parley) answerEcho(ctx context.Context, c call.Call, at station) error {
	if err := c.Answer(); err != nil {
		return err
	}
	at.answered()
	return p.echo(ctx, c.Stream())
}

// echo plays the caller back until he hangs up.
func (p *parley) echo(ctx context.Context, s media.Stream) error {
	e := media.NewEcho(s)
	p.clock.Add(e)
	select {
	case <-e.Done():
	case <-ctx.Done():
		e.Stop()
		<-e.Done()
	}
	return context.Cause(ctx)
}

// echoProgram is the program of the voice side that needs no flow: it tries
// the whole way of the audio, over the AudioSocket and back.
const echoProgram = "echo"

// program tells whether the voice side has a program of that name.
func (l *loaded) program(name string) bool {
	return name == echoProgram || l.library.Flow(name) != nil
}

// serveSession is the voice side's program: it lets the announced flow talk.
func (p *parley) serveSession(ctx context.Context, s *call.Session) (call.Outcome, error) {
	if s.Call.Door == "audiosocket" {
		s.Journal.Log(call.KindProgram, s.Program, nil)
	}
	cfg := p.config()
	f := cfg.library.Flow(s.Program)
	switch {
	case f == nil && s.Program == echoProgram:
		return call.Outcome{Action: call.OutcomeHangup}, p.echo(ctx, s.Stream)
	case f == nil:
		return call.Outcome{}, fmt.Errorf("there is no flow %q", s.Program)
	}
	if err := cfg.needsModel(f); err != nil {
		p.log.Error("an agent cannot talk", "call", s.Call.ID, "err", err)
	}
	ctx = speech.WithWatch(ctx, func(d speech.Decision) { noteProvider(s.Journal, d) })
	end, err := voice.Run(ctx, cfg.voiceOf(f), voice.Deps{
		Clock: p.clock, Recognizer: p.speech.recognizer, Synthesizer: p.speech.synthesizer,
		Files: cfg.sound, Log: p.log,
	}, s, ivr.NewConversation(f, s.Call, s.Journal, cfg.agents(p.speech.modelOf)))
	if end == nil {
		return call.Outcome{}, err
	}
	return call.Outcome{Action: end.Action, Target: end.Target, Reason: end.Reason}, nil
}

// noteProvider writes into a call's journal what was done about a provider that
// failed.
func noteProvider(j *call.Journal, d speech.Decision) {
	attrs := map[string]any{"kind": d.Kind, "action": d.Action}
	if d.Fault != "" {
		attrs["fault"] = d.Fault
	}
	if d.Next != "" {
		attrs["next"] = d.Next
	}
	j.Log(call.KindProvider, d.Provider, attrs)
}

// voiceOf is how the robot listens and speaks in a flow: the configuration,
// with what the flow itself says over it.
func (l *loaded) voiceOf(f *flow.Flow) voice.Config {
	c := l.voiceFor(f.Language, f.Voice)
	if n := f.NoResponse; n != nil {
		to := &c.Turn.NoResponse
		if n.After > 0 {
			to.After = n.After
		}
		if n.Text != "" {
			to.Text = n.Text
		}
		if n.Times != nil {
			to.Times = *n.Times
		}
		if n.Hangup > 0 {
			to.Hangup = n.Hangup
		}
	}
	if a := f.Answer; a != nil {
		to := &c.Answer
		for _, p := range []struct {
			says string
			to   *answer.Policy
		}{{a.Machine, &to.OnMachine}, {a.Screening, &to.OnScreening}, {a.Assistant, &to.OnAssistant}, {a.Silence, &to.OnSilence}} {
			*p.to = cmp.Or(answer.Policy(p.says), *p.to)
		}
		to.Message = cmp.Or(a.Message, to.Message)
	}
	return c
}
