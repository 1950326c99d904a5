package voice

import (
	"context"
	"sync"

	"parley/call"
	"parley/speech"
)

// messenger leaves a message on a machine in the place of a program.
type messenger struct {
	Program
	text string
	may  chan struct{} // closed when the machine records
	once sync.Once
}

func newMessenger(p Program, text string) *messenger {
	return &messenger{Program: p, text: text, may: make(chan struct{})}
}

func (m *messenger) ready() { m.once.Do(func() { close(m.may) }) }

// Reply says the message, whatever the machine has said, and hangs up.
func (m *messenger) Reply(ctx context.Context, _ int, _ speech.Input, deliver func(speech.Answer) error) error {
	select {
	case <-m.may:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := deliver(speech.Answer{Line: &speech.Line{Text: m.text, Uninterruptible: true}}); err != nil {
		return err
	}
	return deliver(speech.Answer{End: &speech.End{Action: call.OutcomeHangup, Reason: "message"}})
}

// Commit and Heard are of no interest to the program: it has said nothing.
func (m *messenger) Commit(int)        {}
func (m *messenger) Heard(int, string) {}
