package voice

import (
	"context"

	"parley/speech"
)

// Program decides what is said: a flow, an agent.
type Program interface {
	// Reply gives the answer to in, step by step, to deliver; the last step
	// is a Listen or an End. Nothing of it counts until Commit(epoch): the
	// caller may go on talking, and the same question comes again with more
	// words. deliver's error ends the reply.
	Reply(ctx context.Context, epoch int, in speech.Input, deliver func(speech.Answer) error) error
	// Commit makes the answer of epoch real: the caller begins to hear it.
	Commit(epoch int)
	// Heard tells what the caller heard of a line of a committed answer.
	Heard(epoch int, text string)
}

// Asker is a Program that wants to know who has taken a call that we made:
// human, machine, beep, screening, assistant or silence. It is told before the
// conversation begins, and again if that turns out to be wrong.
type Asker interface{ AnsweredBy(who string) }
