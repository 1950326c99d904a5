package voice

import (
	"context"
	"time"

	"parley/call"
	"parley/speech"
	"parley/voice/turn"
)

// step gives an event to the machine and carries out what it decides.
func (s *Session) step(ctx context.Context, e turn.Event, now time.Duration) {
	state, effects := s.cfg.Turn.Step(s.state, e, now)
	s.kept.Event(e, now, state, effects)
	s.stepped(ctx, state, effects)
}

// stepFrame is step for a frame, which it does not put on the heap.
func (s *Session) stepFrame(ctx context.Context, f turn.Frame, now time.Duration) {
	state, effects := s.cfg.Turn.Step(s.state, f, now)
	s.kept.Frame(f, now, state, effects)
	s.stepped(ctx, state, effects)
}

func (s *Session) stepped(ctx context.Context, state turn.State, effects []turn.Effect) {
	if state.Call == turn.Over && s.state.Call != turn.Over {
		s.turns.gone(s.speechIn(s.state.Utterance))
	}
	spoke := s.state.Agent == turn.Speaking
	s.state = state
	s.turns.changed(state)
	for _, f := range effects {
		s.apply(ctx, f)
	}
	if spoke && state.Agent != turn.Speaking {
		s.turns.settle()
		s.leaving.silent()
	}
}

// finished writes why we end the conversation: it is our decision, so nobody
// else can tell.
func (s *Session) finished(e speech.End) {
	attrs := map[string]any{"action": e.Action}
	if e.Target != "" {
		attrs["target"] = e.Target
	}
	s.journal.Log(call.KindFinished, e.Reason, attrs)
}

func (s *Session) apply(ctx context.Context, f turn.Effect) {
	switch f := f.(type) {
	case turn.StartUtterance:
		s.ear.start(f)
	case turn.StopUtterance:
		s.ear.stop(f.Utterance)
	case turn.AbandonUtterance:
		s.ear.abandon()
		s.turns.partial = "" // it was nothing, or not for us
	case turn.Ask:
		s.ask(ctx, f)
	case turn.Say:
		s.turns.replied(f.Epoch)
		s.sayLine(ctx, f)
	case turn.Cancel:
		s.cancelAnswer(f)
	case turn.Adopt:
		s.turns.adopted(f)
	case turn.Murmur:
		s.murmur(ctx, f)
	case turn.Fill:
		s.fill(f)
	case turn.Level:
		s.player.level(f.Epoch, s.cfg.Turn.Floor.Gain(f.Floor))
	case turn.Commit:
		s.program.Commit(f.Epoch)
	case turn.Note:
		if f.Kind == turn.DigitIgnored {
			s.digits.log(s.journal, f.Kind, f.Reason)
			return
		}
		s.journal.Log(f.Kind, f.Reason, nil)
	case turn.Transfer:
		s.leave(ctx, f)
	case turn.Finish:
		s.end = &f.End
		s.finished(f.End)
	}
}
