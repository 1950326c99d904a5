package fallback

import (
	"context"
	"fmt"
	"log/slog"

	"parley/speech"
)

// Model implements speech.Model by a list of them. Once anything of an answer
// was delivered it is nobody else's: the fault is returned.
type Model struct{ *chain[speech.Model] }

// NewModel returns a Model.
func NewModel(c Config, log *slog.Logger, providers ...Provider[speech.Model]) (*Model, error) {
	l, err := newChain(kindModel, c, log, providers)
	if err != nil {
		return nil, err
	}
	return &Model{l}, nil
}

// Chat implements speech.Model.
func (m *Model) Chat(ctx context.Context, c speech.Chat, out func(speech.Delta) error) error {
	list := make([]int, len(m.providers))
	for i := range list {
		list[i] = i
	}
	var failed error
	list = m.awake(ctx, list)
	for at, retried := 0, false; at < len(list); {
		i := list[at]
		m.breakers[i].ask()
		var outErr error
		heard := false
		err := m.providers[i].Provider.Chat(ctx, c, func(d speech.Delta) error {
			heard = true
			outErr = out(d)
			return outErr
		})
		if outErr != nil || ctx.Err() != nil {
			m.breakers[i].done(context.Canceled)
			return err
		}
		m.done(i, err)
		if err == nil {
			return nil
		}
		failed = worse(failed, err)
		switch {
		case heard || !elsewhere(err):
			m.decided(ctx, i, err, speech.DecisionGiveUp, "")
			return err
		case again(err) && !retried:
			retried = true
			m.decided(ctx, i, err, speech.DecisionRetry, m.providers[i].Name)
		default:
			at, retried = at+1, false
			m.toNext(ctx, i, err, list[at:])
		}
	}
	if failed == nil {
		failed = fmt.Errorf("there is no model: %w", speech.ErrUnavailable)
	}
	return failed
}

// toNext tells that the next of a list is asked, or that there is nobody.
func (l *chain[P]) toNext(ctx context.Context, i int, err error, left []int) {
	if len(left) == 0 {
		l.decided(ctx, i, err, speech.DecisionGiveUp, "")
		return
	}
	l.decided(ctx, i, err, speech.DecisionNext, l.providers[left[0]].Name)
}
