package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"parley/call"
	"parley/media"
	"parley/speech"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/score"
)

// Performance is one take as a loop played it.
type Performance struct {
	Log    score.Log
	Events []call.Event // of the journal, by virtual time
	// Caller is what the loop heard, with the echo of what it said.
	Caller []int16
}

// Parley returns the voice loop with a configuration and ears.
func Parley(cfg voice.Config, ears Ears) Loop {
	return func(ctx context.Context, t *corpus.Take) (Performance, error) { return Play(ctx, cfg, t, ears) }
}

// Began is when every conversation begins.
var Began = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// languages are the tags of the corpus's.
var languages = map[string]string{"en": "en-US", "zh": "zh-CN"}

// Play runs the voice loop on a take. The same take gives the same
// performance, unless a recogniser decides otherwise.
func Play(ctx context.Context, cfg voice.Config, t *corpus.Take, ears Ears) (Performance, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg.Language = languages[t.Language]
	cfg.Turn.Pause = t.Pause
	w := &tapped{wire: newWire(t)}
	work := voice.NewWork()
	c := newClock(work)
	p := &program{take: t, position: w.position}
	var recognizer speech.Recognizer = deaf{}
	if ears != nil {
		recognizer = ears(t, w.position)
	}
	ear := &witness{Recognizer: recognizer, position: w.position, work: work}
	journal := call.NewJournalBy(Began, func() time.Time { return Began.Add(c.Now()) })
	deps := voice.Deps{
		Clock: c, Recognizer: ear, Synthesizer: voices(t.Sounds),
		Files: func(name string, _ int) ([]int16, error) { return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist) },
		Log:   slog.New(slog.DiscardHandler),
		Work:  work,
	}
	info := call.Info{ID: "rehearsal"}
	if t.Truth.Answerer != "" {
		info.Direction = call.Outbound // its greeting is judged
	}
	s := &call.Session{
		Announcement: call.Announcement{Call: info, Journal: journal},
		Stream:       w,
	}
	done := make(chan error, 1)
	go func() {
		_, err := voice.Run(ctx, cfg, deps, s, p)
		done <- err
	}()
	err := c.run(done)
	if ended := (*call.Ended)(nil); err != nil && !errors.As(err, &ended) {
		return Performance{}, fmt.Errorf("rehearse %s: %w", t.ID, err)
	}
	for w.position() < t.Truth.Length { // the loop hung up; the scene goes on in silence
		w.ReadFrame(make([]int16, score.Frame))
		w.WriteFrame(nil)
	}
	return Performance{
		Log:    score.Log{Robot: w.robot, From: robotFrom, Requests: p.asked(), Utterances: ear.heard(), Verdicts: verdicts(journal.Events()), Deaf: ears == nil},
		Events: journal.Events(),
		Caller: w.heard,
	}, nil
}

// tapped keeps what is read from it.
type tapped struct {
	*wire
	heard []int16
}

func (t *tapped) ReadFrame(pcm []int16) media.Mark {
	mark := t.wire.ReadFrame(pcm)
	if mark != media.End {
		t.heard = append(t.heard, pcm...)
	}
	return mark
}
