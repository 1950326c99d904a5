package agent

import (
	"cmp"
	"context"
	"errors"
	"time"

	"parley/ivr/agent/stream"
	"parley/speech"
)

// What is wrong with an answer, besides what the model itself says.
var (
	errFirst  = errors.New("the model did not begin to answer in time")
	errGap    = errors.New("the model stopped in the middle of its answer")
	errLine   = errors.New("the model said nothing that can be spoken in time")
	errEmpty  = errors.New("the model's answer is empty")
	errWaste  = errors.New("the model's answer has no end")
	errRounds = errors.New("the model calls tools again and again")
	errHeard  = errors.New("the caller did not begin to hear the answer in time")

	errEnough = errors.New("nothing more of the answer is wanted")
)

// Bounds of one answer: how long it may take, how many bytes it may have for
// each character that may be spoken, how many lines and calls, and how many
// strays are written down.
const (
	maxTime   = time.Minute
	maxWaste  = 8
	maxLines  = 40
	maxCalls  = 16
	maxStrays = 10
)

// asking is one request to the model, under way.
type asking struct {
	*reply
	scanner *stream.Scanner
	chunker stream.Chunker
	calls   []speech.ToolCall
	size    int // characters so far that may be spoken
	bytes   int // of all text
	stop    context.CancelCauseFunc
	silence *time.Timer // until the next piece
	mute    *time.Timer // until the first line

	start       time.Time
	first, line time.Duration // of the first piece and line; 0: none
	pieces      int
}

// ask asks the model once. Lines are delivered as they are complete; the calls
// that the model makes are returned when it has come to its end. The deadline
// is for the first line.
func (r *reply) ask(ctx context.Context, deadline time.Time) (calls []speech.ToolCall, err error) {
	names := make([]string, 0, len(r.Node.Commands))
	for _, w := range r.Node.Commands {
		names = append(names, w.Name)
	}
	within, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	a := &asking{reply: r, scanner: stream.NewScanner(names, actions), stop: stop, start: time.Now()}
	a.silence = time.AfterFunc(r.cfg.FirstTimeout, func() { stop(errFirst) })
	a.mute = time.AfterFunc(time.Until(deadline), func() { stop(errLine) })
	endless := time.AfterFunc(maxTime, func() { stop(errGap) })
	defer func() {
		a.silence.Stop()
		a.mute.Stop()
		endless.Stop()
	}()

	chat := speech.Chat{System: r.system(), Messages: r.messages(), Tools: r.tools()}
	err = r.Model.Chat(within, chat, func(d speech.Delta) error {
		if within.Err() != nil {
			return context.Cause(within)
		}
		return a.take(d)
	})
	if err == nil {
		err = a.finish()
	}
	switch {
	case errors.Is(err, errEnough):
		err = nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err != nil && within.Err() != nil:
		err = context.Cause(within)
	}
	if err == nil && a.line == 0 && len(a.calls) == 0 && r.verdict.Command == "" {
		err = errEmpty
	}
	a.account(err)
	return a.calls, err
}

// take deals with a piece of the answer.
func (a *asking) take(d speech.Delta) error {
	if d.Text == "" && d.Call == nil {
		return nil // a sign of life is no answer
	}
	a.pieces++
	if a.bytes += len(d.Text); a.bytes > maxWaste*a.cfg.MaxAnswer {
		return errWaste
	}
	if a.first == 0 {
		a.first = max(time.Since(a.start), 1)
	}
	// What takes time from now on is ours, until the model is waited for again.
	a.silence.Stop()
	defer func() { a.silence = time.AfterFunc(a.cfg.GapTimeout, func() { a.stop(errGap) }) }()
	if d.Call != nil {
		a.mute.Stop()
		a.calls = append(a.calls, *d.Call)
		if len(a.calls) > maxCalls {
			return errRounds
		}
	}
	return a.tokens(a.scanner.Feed(d.Text))
}

// finish deals with the rest when the model has come to its end.
func (a *asking) finish() error {
	if err := a.tokens(a.scanner.Flush()); err != nil {
		return err
	}
	return a.speak(a.chunker.Flush())
}

func (a *asking) tokens(tokens []stream.Token) error {
	for _, t := range tokens {
		var err error
		switch t.Kind {
		case stream.Text:
			err = a.text(t.Text)
		case stream.Command:
			if err = a.speak(a.chunker.Flush()); err == nil {
				a.verdict.Command = t.Text
				err = errEnough // it leaves at once
			}
		case stream.Action:
			if err = a.speak(a.chunker.Flush()); err == nil {
				err = a.act(t.Text)
			}
		case stream.Stray:
			a.stray(t.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text speaks text, as far as an answer may go.
func (a *asking) text(text string) error {
	room := []rune(text)
	over := a.size+len(room) > a.cfg.MaxAnswer
	if over {
		room = room[:a.cfg.MaxAnswer-a.size]
	}
	a.size += len(room)
	err := a.speak(a.chunker.Feed(string(room)))
	if err == nil && over {
		err = cmp.Or(a.speak(a.chunker.Flush()), a.tooLong())
	}
	return err
}

func (a *asking) tooLong() error {
	a.stray("the answer is too long: the rest is not said")
	return errEnough
}

// stray writes what is neither spoken nor done, as far as anybody will read it.
func (r *reply) stray(text string) {
	if r.strays++; r.strays <= maxStrays {
		r.journal.Log(KindStray, text, nil)
	}
}

func (a *asking) speak(lines []string) error {
	for _, l := range lines {
		if a.lines == maxLines {
			return a.tooLong()
		}
		if a.line == 0 {
			a.mute.Stop()
			a.line = max(time.Since(a.start), 1)
		}
		if err := a.say(speech.Line{Text: l, Language: a.Language, Voice: a.Voice}); err != nil {
			return err
		}
	}
	return nil
}

// account writes what the request took.
func (a *asking) account(err error) {
	attrs := map[string]any{
		"total_ms": time.Since(a.start).Milliseconds(), "pieces": a.pieces, "characters": a.size, "round": a.round, "attempt": a.attempt,
	}
	if a.first > 0 {
		attrs["first_token_ms"] = a.first.Milliseconds()
	}
	if a.line > 0 {
		attrs["first_sentence_ms"] = a.line.Milliseconds()
	}
	text := "complete"
	if err != nil {
		text = err.Error()
	}
	a.journal.Log(KindModel, text, attrs)
}
