package voice

import (
	"context"

	"parley/speech"
	"parley/voice/turn"
)

// What the robot says beside its answers: a filler while one is late, a murmur
// while the caller speaks. Neither is history, and one that cannot be made is
// done without.

// fill speaks a filler of an epoch.
func (s *Session) fill(f turn.Fill) {
	if s.answering == nil || s.answering.epoch != f.Epoch {
		return
	}
	ctx := s.answering.ctx
	s.aside(func() { s.player.fill(f.Epoch, s.phrase(ctx, f.Text)) })
}

// murmur says that the robot listens.
func (s *Session) murmur(ctx context.Context, m turn.Murmur) {
	s.aside(func() { s.player.hum(s.phrase(ctx, m.Text)) })
}

// rehearseMurmurs has the synthesizer make the murmurs before they are wanted:
// one that comes late is out of place.
func (s *Session) rehearseMurmurs(ctx context.Context) {
	if c := s.cfg.Turn.Backchannel; c.On {
		s.aside(func() {
			for _, text := range c.Phrases {
				s.phrase(ctx, text)
			}
		})
	}
}

func (s *Session) aside(f func()) {
	s.deps.Work.Begin()
	s.group.Go(func() {
		defer s.deps.Work.End()
		f()
	})
}

// maxAside bounds a phrase, in seconds.
const maxAside = 6

// phrase is the audio of a text, nil if it cannot be had.
func (s *Session) phrase(ctx context.Context, text string) []int16 {
	var pcm []int16
	err := s.makeAudio(ctx, speech.Line{Text: text}, func(c speech.Chunk) error {
		if len(pcm) > maxAside*s.rate {
			return errEndless
		}
		pcm = append(pcm, c.PCM...)
		return ctx.Err()
	})
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("a phrase could not be spoken", "err", err)
		}
		return nil
	}
	return pcm
}
