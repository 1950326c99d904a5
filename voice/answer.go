package voice

import (
	"context"
	"errors"
	"fmt"

	"parley/speech"
	"parley/voice/turn"
)

// answering is the work on the answer of one epoch: the program that thinks
// of it and the voice that speaks it. Its context ends with the epoch.
type answering struct {
	epoch  int
	ctx    context.Context
	cancel context.CancelFunc
	lines  chan spokenLine // nil until the first line
}

type spokenLine struct {
	number int
	what   speech.Line
}

// maxLines bounds the lines of one answer that wait to be spoken.
const maxLines = 64

var (
	errEndless  = errors.New("the answer has more lines than can be spoken")
	errNoEnding = errors.New("the answer ended without saying how to go on")
)

// begin makes epoch the answer that is worked on. What was worked on before
// is over: its audio has been played or cancelled.
func (s *Session) begin(ctx context.Context, epoch int) {
	if s.answering != nil {
		s.answering.cancel()
	}
	ctx, cancel := context.WithCancel(ctx)
	s.answering = &answering{epoch: epoch, ctx: ctx, cancel: cancel}
}

// ask puts the program to work.
func (s *Session) ask(ctx context.Context, a turn.Ask) {
	s.begin(ctx, a.Epoch)
	if !a.Ahead {
		s.turns.asked(a)
	}
	ctx = s.answering.ctx
	program := s.program
	s.deps.Work.Begin()
	s.group.Go(func() {
		defer s.deps.Work.End()
		ended := false
		err := program.Reply(ctx, a.Epoch, a.Input, func(step speech.Answer) error {
			ended = ended || step.Listen != nil || step.End != nil
			s.queue.wait(ctx, item{event: turn.Answer{Epoch: a.Epoch, Answer: step}, at: s.deps.Clock.Now()})
			return ctx.Err()
		})
		if err == nil && !ended {
			err = errNoEnding
		}
		if err != nil && ctx.Err() == nil {
			s.queue.wait(ctx, item{event: turn.AnswerFailed{Epoch: a.Epoch, Err: err}, at: s.deps.Clock.Now()})
		}
	})
}

// sayLine hands a line to the voice.
func (s *Session) sayLine(ctx context.Context, l turn.Say) {
	if s.answering == nil || s.answering.epoch != l.Epoch {
		s.begin(ctx, l.Epoch) // the machine's own line: nobody was asked
	}
	a := s.answering
	if a.lines == nil {
		a.lines = make(chan spokenLine, maxLines)
		s.group.Go(func() { s.speak(a) })
	}
	s.player.add(l.Epoch, l.Line, l.What.Text)
	s.deps.Work.Begin()
	select {
	case a.lines <- spokenLine{l.Line, l.What}:
	default:
		s.deps.Work.End()
		s.queue.push(item{failed: &failedLine{l.Epoch, l.Line, errEndless}, at: s.deps.Clock.Now()})
	}
}

// speak turns the lines of one answer into audio, one after the other, until
// its epoch ends.
func (s *Session) speak(a *answering) {
	for {
		select {
		case <-a.ctx.Done():
			for len(a.lines) > 0 { // nobody sends any more
				<-a.lines
				s.deps.Work.End()
			}
			return
		case l := <-a.lines:
			err := s.speakLine(a, l)
			if err != nil && a.ctx.Err() == nil {
				s.queue.wait(a.ctx, item{failed: &failedLine{a.epoch, l.number, err}, at: s.deps.Clock.Now()})
			}
			s.deps.Work.End()
		}
	}
}

func (s *Session) speakLine(a *answering, l spokenLine) error {
	first := true
	err := s.makeAudio(a.ctx, l.what, func(c speech.Chunk) error {
		if first && len(c.PCM) > 0 {
			first = false
			s.queue.wait(a.ctx, item{voiced: a.epoch, at: s.deps.Clock.Now()})
		}
		return s.player.feed(a.ctx, a.epoch, l.number, c)
	})
	if err == nil {
		s.player.finish(a.epoch, l.number)
	}
	return err
}

// makeAudio gives a line's audio to out: from a file, or by the synthesizer.
func (s *Session) makeAudio(ctx context.Context, l speech.Line, out func(speech.Chunk) error) error {
	if l.File != "" {
		pcm, err := s.deps.Files(l.File, s.rate)
		if err != nil {
			return fmt.Errorf("play %s: %w", l.File, err)
		}
		return out(speech.Chunk{PCM: pcm, Marks: []speech.Mark{{Sample: int64(len(pcm)), Byte: len(l.Text)}}})
	}
	u := speech.Utterance{
		Text: l.Text, Language: l.Language, Voice: l.Voice, Speed: s.cfg.Speed, Rate: s.rate,
	}
	if u.Language == "" {
		u.Language = s.cfg.Language
	}
	if u.Voice == "" && u.Language == s.cfg.Language {
		u.Voice = s.cfg.Voice
	}
	return s.deps.Synthesizer.Speak(ctx, u, out)
}

// cancelAnswer silences an epoch: what is thought of, spoken and queued of it
// is dropped, and what was heard of it is told.
func (s *Session) cancelAnswer(c turn.Cancel) {
	if s.answering != nil && s.answering.epoch == c.Epoch {
		s.answering.cancel()
		s.answering = nil
	}
	if l, ok := s.player.cancel(c.Epoch); ok {
		s.turns.said(l, true)
		s.program.Heard(c.Epoch, l.heard)
	}
}
