package voice

import (
	"context"
	"time"

	"parley/call"
	"parley/media/tone"
	"parley/speech"
	"parley/voice/answer"
	"parley/voice/turn"
)

// pickup listens to who takes a call that we made, and holds back the
// conversation until it may begin: nobody is talked over while he greets us, nor
// a machine. The owner's.
type pickup struct {
	cfg      answer.Config
	turn     turn.Config
	state    answer.State
	listener *tone.Listener
	answered <-chan struct{} // nil: it is answered

	// Until the conversation begins, the recogniser listens for us.
	begun     bool
	utterance int
	open      bool
	onset     time.Duration
	silence   time.Duration
	from      int64 // of the utterance, in the journal's time
	partial   string
	leave     *messenger // of a message that waits for its beep
}

// firstPickup is the name of the first utterance before the conversation: names
// rise, and the conversation's own begin with 1.
const firstPickup = -1 << 20

func newPickup(cfg Config, rate int, answered <-chan struct{}) *pickup {
	c := cfg.Answer
	c.Language = cfg.Language
	return &pickup{cfg: c, turn: cfg.Turn, listener: tone.NewListener(rate), answered: answered, utterance: firstPickup}
}

// listen hears the tones in a frame, before it is cleaned.
func (p *pickup) listen(pcm []int16) tone.Sound {
	if p == nil || p.state.Phase == answer.Over {
		return tone.Sound{}
	}
	return p.listener.Listen(pcm)
}

// open begins the conversation, or listens to who answers first.
func (s *Session) open(ctx context.Context) {
	now := s.deps.Clock.Now()
	p := s.pickup
	switch {
	case p == nil:
		s.step(ctx, turn.Begin{}, now)
	case p.answered == nil:
		s.pickedUp(ctx, answer.Answered{}, now)
	default:
		s.pickedUp(ctx, answer.Early{}, now)
		s.group.Go(func() {
			select {
			case <-p.answered:
				s.queue.push(item{answered: true, at: s.deps.Clock.Now()})
			case <-ctx.Done():
			}
		})
	}
}

// talks says whether the conversation has begun.
func (s *Session) talks() bool { return s.pickup == nil || s.pickup.begun }

// pickupFrame judges a frame, and gives it to the recogniser's utterances as
// long as nobody else does.
func (s *Session) pickupFrame(ctx context.Context, f turn.Frame, sound tone.Sound, now time.Duration) {
	p := s.pickup
	if !p.begun && !f.Gap {
		s.pickupUtterance(f)
	}
	s.pickedUp(ctx, answer.Frame{
		Speech: f.Voice >= turn.Likely, Fading: f.Voice == turn.Fading, Level: sound.Level, Hz: sound.Hz, Gap: f.Gap,
	}, now)
}

func (s *Session) pickupUtterance(f turn.Frame) {
	p := s.pickup
	if f.Voice >= turn.Likely {
		p.onset += turn.FrameTime
		p.silence = 0
	} else {
		p.onset = 0
		p.silence += turn.FrameTime
	}
	switch {
	case !p.open && p.onset >= p.turn.OnsetSpeech:
		p.open = true
		p.utterance++
		p.from = s.turns.now() - p.onset.Milliseconds()
		s.ear.start(turn.StartUtterance{Utterance: p.utterance, LookBack: p.turn.LookBack + p.onset})
	case p.open && p.silence >= p.turn.EndSilence:
		p.close(s)
	}
}

// close ends the open utterance.
func (p *pickup) close(s *Session) {
	if p.open {
		p.open = false
		s.ear.stop(p.utterance)
	}
}

// pickupHeard takes a text. It reports whether that is of no use to the
// conversation.
func (s *Session) pickupHeard(ctx context.Context, h turn.Heard, now time.Duration) bool {
	p := s.pickup
	if p == nil {
		return false
	}
	if h.Err == nil && h.Text != "" {
		s.pickedUp(ctx, answer.Heard{Text: h.Text, Final: h.Final}, now)
	}
	if h.Utterance >= 0 {
		return false
	}
	at := s.turns.now()
	switch {
	case !h.Final && h.Err == nil:
		if h.Text != p.partial {
			p.partial = h.Text
			s.journal.Add(call.Event{At: at, Kind: call.KindHearing, Text: h.Text})
		}
	case h.Text != "":
		p.partial = ""
		s.journal.Add(call.Event{At: at, Kind: call.KindSaid, Line: &call.Line{
			Speaker: call.SpeakerCaller, Text: h.Text, From: p.from, To: at - p.silence.Milliseconds(),
		}})
	}
	return true
}

// talked tells the machine that our first words have been heard.
func (s *Session) talked(ctx context.Context, now time.Duration) {
	if s.pickup != nil && !s.pickup.state.Talked {
		s.pickedUp(ctx, answer.Talked{}, now)
	}
}

// pickedUp steps the machine that judges who has answered.
func (s *Session) pickedUp(ctx context.Context, e answer.Event, now time.Duration) {
	p := s.pickup
	state, d := p.cfg.Step(p.state, e, now)
	p.state = state
	if d.New {
		s.verdict(d.Verdict)
	}
	who := p.state.Who
	policy := p.cfg.Of(who)
	waited := state.Phase == answer.Over && !p.begun && (policy == answer.Wait || !state.Answered)
	if d.Firm && policy == answer.Hangup || waited {
		s.end = &speech.End{Action: call.OutcomeHangup, Reason: who.String()}
		s.finished(*s.end)
		return
	}
	if d.Ready && policy != answer.Wait || state.Phase == answer.Over && !p.begun {
		s.begins(ctx, now)
	}
}

// verdict writes what is decided, tells the program and does what the policy
// says.
func (s *Session) verdict(v answer.Verdict) {
	policy := s.pickup.cfg.Of(v.Who)
	s.journal.Log(call.KindAnswer, v.Who.String(), map[string]any{
		"was": v.Was.String(), "confidence": float64(int(v.Confidence*1000)) / 1000, "after": v.After.Milliseconds(),
		"policy": string(policy), "reasons": v.Reasons,
		"voiced": v.Evidence.Voiced.Milliseconds(), "silence": v.Evidence.Silence.Milliseconds(), "pauses": v.Evidence.Pauses,
		"longest_pause": v.Evidence.Longest.Milliseconds(), "syllables": v.Evidence.Syllables, "phrases": v.Evidence.Phrases, "tone": v.Evidence.Tone,
	})
	if a, ok := s.program.(Asker); ok {
		a.AnsweredBy(v.Who.String())
	}
	switch policy {
	case answer.Message:
		if s.pickup.cfg.Message != "" && s.pickup.leave == nil {
			s.pickup.leave = newMessenger(s.program, s.pickup.cfg.Message)
			s.program = s.pickup.leave
		}
	default:
		if s.pickup.leave != nil { // it is somebody else after all
			s.program, s.pickup.leave = s.pickup.leave.Program, nil
		}
	}
}

// begins begins the conversation, or lets the message be left.
func (s *Session) begins(ctx context.Context, now time.Duration) {
	p := s.pickup
	if p.leave != nil {
		p.leave.ready()
	}
	if !p.begun {
		p.begun = true
		p.close(s)
		s.step(ctx, turn.Begin{}, now)
	}
}
