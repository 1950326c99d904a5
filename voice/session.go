package voice

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"

	"parley/call"
	"parley/media"
	"parley/media/apm"
	"parley/media/echo"
	"parley/media/vad"
	"parley/speech"
	"parley/voice/answer"
	"parley/voice/replay"
	"parley/voice/turn"
)

// Deps are what a session works with.
type Deps struct {
	Clock       media.Clock
	Recognizer  speech.Recognizer
	Synthesizer speech.Synthesizer
	// Files returns a sound file's audio at a rate.
	Files func(name string, rate int) ([]int16, error)
	Log   *slog.Logger
	// Work, if set, counts what the session has to do at an instant.
	Work *Work
}

// Session is one spoken conversation.
type Session struct {
	cfg     Config
	deps    Deps
	program Program
	rate    int
	journal *call.Journal
	log     *slog.Logger
	stream  media.Stream
	control call.Control // nil: there is none

	queue  *queue
	player *player
	tick   *ticker
	group  sync.WaitGroup

	// The owner's.
	state     turn.State
	turns     turnLog
	digits    digitLog
	cleaner   *apm.Processor
	detector  *vad.Detector
	echo      *echo.Judge
	ear       *ear
	answering *answering
	leaving   *leaving         // the transfer under way
	pickup    *pickup          // of a call that we made; else nil
	kept      *replay.Recorder // of what the machine was given
	beat      beat
	end       *speech.End
}

// Run carries on a conversation until the program ends it, the caller is gone
// or ctx ends. The End is nil if it was not the program's or the machine's; the
// error is then ctx's cause, or an *call.Ended by the customer.
func Run(ctx context.Context, cfg Config, deps Deps, cs *call.Session, p Program) (*speech.End, error) {
	rate := cs.Stream.Rate()
	cfg.Turn.Language = cfg.Language
	noise := cfg.Noise
	noise.Rate = rate
	cleaner, err := apm.New(noise)
	if err != nil {
		return nil, fmt.Errorf("start the voice session: %w", err)
	}
	q := newQueue()
	q.work = deps.Work
	s := &Session{
		cfg: cfg, deps: deps, program: p, rate: rate, stream: cs.Stream, control: cs.Control,
		journal: cs.Journal, log: deps.Log.With("call", cs.Call.ID),
		queue:    q,
		cleaner:  cleaner,
		detector: vad.New(cfg.VAD, rate),
		echo:     echo.New(rate),
		ear:      newEar(q, deps.Clock, deps.Recognizer, speech.Format{Rate: rate, Language: cfg.Language}),
		turns:    turnLog{journal: cs.Journal, clock: deps.Clock},
		kept:     replay.NewRecorder(cfg.Turn),
	}
	s.player = newPlayer(rate, deps.Clock, func(p played) { q.push(item{played: &p, at: deps.Clock.Now()}) })
	s.tick = newTicker(cs.Stream, deps.Clock, q, s.player)
	if cs.Call.Direction == call.Outbound && cfg.Answer.Detect {
		s.pickup = newPickup(cfg, rate, cs.Answered)
	}
	return s.run(ctx)
}

// run is the owner.
func (s *Session) run(parent context.Context) (*speech.End, error) {
	ctx, cancel := context.WithCancel(parent)
	defer s.journal.Hold()()
	defer s.close(cancel)
	if err := s.ear.connect(ctx); err != nil {
		s.log.Error("no recogniser: the robot will not understand speech", "err", err)
	}
	s.journal.Log(call.KindAudio, "", nil)
	s.rehearseMurmurs(ctx)
	s.deps.Work.Begin() // no time passes before it has begun
	s.deps.Clock.Add(s.tick)
	s.open(ctx)
	s.deps.Work.End()
	for s.state.Call != turn.Over && s.end == nil {
		select {
		case <-s.queue.ready:
			for _, it := range s.queue.take() {
				s.take(ctx, it)
				s.deps.Work.End()
			}
		case <-parent.Done():
			s.step(ctx, turn.Gone{}, s.deps.Clock.Now())
		}
	}
	s.turns.settle()
	s.keep()
	s.digits.end(s.journal)
	if n := s.tick.lost.Load(); n > 0 {
		s.log.Warn("the voice session was too slow for its caller", "frames_lost", n)
	}
	if s.end == nil {
		// The stream may be over before the context that says why is.
		return nil, cmp.Or(context.Cause(parent), error(&call.Ended{By: call.Customer}))
	}
	return s.end, nil
}

// close ends everything that the session started, and waits for it.
func (s *Session) close(cancel context.CancelFunc) {
	cancel()
	s.tick.leave.Store(true)
	s.player.cancel(s.state.Epoch)
	s.ear.close()
	s.group.Wait()
	s.deps.Work.close() // whoever lets time pass must not wait for us
	<-s.tick.left
	s.cleaner.Close()
}

// take deals with one entry of the queue.
func (s *Session) take(ctx context.Context, it item) {
	switch {
	case it.frame != nil:
		s.takeFrame(ctx, it)
	case it.event != nil:
		s.takeEvent(ctx, it)
	case it.voiced != 0:
		s.turns.voiced(it.voiced)
	case it.failed != nil:
		s.takeFailed(ctx, it)
	case it.played != nil:
		s.takePlayed(ctx, it)
	case it.answered:
		s.pickedUp(ctx, answer.Answered{}, it.at)
	}
}

// ownVoice is the part of a frame's energy that must be the caller's own, while
// the robot's echo is in it, for it to be speech; ownOver is by how many dB that
// must stand over the noise.
const (
	ownVoice = 0.5
	ownOver  = 6
)

func (s *Session) takeFrame(ctx context.Context, it item) {
	s.ear.listen(it.frame)
	tones := s.pickup.listen(it.frame)
	back := s.echo.Compare(it.frame, it.robot)
	verdict := s.cleaner.Process(it.frame)
	f := turn.Frame{Gap: it.mark == media.Gap || it.mark == media.End}
	if !f.Gap {
		j := s.detector.Judge(it.frame, verdict)
		f.Voice, f.Hum = turn.Voice(j.Voice), j.Hum
		if back.Echo && (back.Own < ownVoice || back.Over < ownOver) {
			f.Voice, f.Hum = turn.Silent, false
		}
	}
	s.tick.recycle(it.frame)
	if s.pickup != nil {
		s.pickupFrame(ctx, f, tones, it.at)
	}
	if s.talks() {
		s.stepFrame(ctx, f, s.beat.of(it.at))
	}
}

func (s *Session) takeEvent(ctx context.Context, it item) {
	switch e := it.event.(type) {
	case turn.Heard:
		if s.pickupHeard(ctx, e, it.at) {
			return
		}
		s.turns.heard(e, s.speechIn(e.Utterance))
	case turn.Digit:
		s.digits.log(s.journal, call.KindDigit, string(e.Tone))
		if !s.talks() {
			return
		}
	case turn.Answer:
		if e.Line != nil {
			s.turns.replied(e.Epoch)
		}
		if e.Transfer != nil && s.control == nil {
			e.Answer = asEnd(*e.Transfer)
		}
		it.event = e
	}
	s.step(ctx, it.event, it.at)
}

// speechIn tells whether an utterance, the open one or one whose text is
// awaited, had so much voice that it was speech even if no word is found in it.
func (s *Session) speechIn(utterance int) bool {
	enough := s.cfg.Turn.MinSpeech
	if s.state.Open && utterance == s.state.Utterance {
		return s.state.Voiced >= enough
	}
	for _, f := range s.state.Fragments {
		if f.Utterance == utterance {
			return f.Voiced >= enough && !f.Final
		}
	}
	return false
}

func (s *Session) takePlayed(ctx context.Context, it item) {
	p := *it.played
	if p.epoch < s.state.Epoch {
		// It was cancelled while the news was in the queue; but what was
		// heard to its end was heard.
		if p.done {
			s.turns.said(p, false)
			s.program.Heard(p.epoch, p.heard)
		}
		return
	}
	if !p.done {
		s.turns.audible(p)
		s.step(ctx, turn.LineStarted{Epoch: p.epoch, Line: p.line}, it.at)
		return
	}
	s.turns.said(p, false)
	s.program.Heard(p.epoch, p.heard)
	s.talked(ctx, it.at)
	s.step(ctx, turn.LineDone{Epoch: p.epoch, Line: p.line}, it.at)
}

func (s *Session) takeFailed(ctx context.Context, it item) {
	f := *it.failed
	s.log.Warn("a line could not be spoken", "err", f.err)
	if over, ok := s.player.drop(f.epoch, f.line); ok && over.heard != "" {
		s.turns.said(over, true)
		s.program.Heard(f.epoch, over.heard)
	}
	s.step(ctx, turn.LineFailed{Epoch: f.epoch, Line: f.line, Err: f.err}, it.at)
}
