package fallback

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"parley/speech"
)

// Recognizer implements speech.Recognizer by a list of them. What one does not
// understand for a fault of its own is given to the next, from the
// utterance's beginning.
type Recognizer struct {
	*chain[speech.Recognizer]
	running sync.WaitGroup
}

// NewRecognizer returns a Recognizer.
func NewRecognizer(c Config, log *slog.Logger, providers ...Provider[speech.Recognizer]) (*Recognizer, error) {
	l, err := newChain(kindRecognizer, c, log, providers)
	if err != nil {
		return nil, err
	}
	return &Recognizer{chain: l}, nil
}

// Close waits for the work of Recognitions that are closed.
func (r *Recognizer) Close() { r.running.Wait() }

// Open implements speech.Recognizer.
func (r *Recognizer) Open(ctx context.Context, f speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	list := r.forLanguage(f.Language)
	if len(list) == 0 {
		return nil, fmt.Errorf("no recogniser is for %q: %w", f.Language, speech.ErrNoVoice)
	}
	n := &recognition{r: r, f: f, deliver: deliver, ears: make(map[int]*ear)}
	n.ctx, n.cancel = context.WithCancel(ctx)
	n.in = make(chan struct{}, 1)
	var failed error
	for at, i := range list {
		e, err := n.open(i)
		if err == nil {
			n.list = append(n.list, i)
			n.ears[i] = e
			n.list = append(n.list, list[at+1:]...) // these are opened when they are needed
			break
		}
		r.done(i, err)
		failed = worse(failed, err)
		if speech.FaultOf(err) != "no-voice" {
			r.toNext(ctx, i, err, list[at+1:])
		}
	}
	if len(n.list) == 0 {
		n.cancel()
		return nil, failed
	}
	r.running.Go(n.run)
	return n, nil
}

// ear is a Recognition of one provider.
type ear struct {
	provider int
	speech.Recognition
}

// open begins listening with a provider. Its results wait for run, so that
// nobody is called under somebody's lock.
func (n *recognition) open(i int) (*ear, error) {
	e := &ear{provider: i}
	rec, err := n.r.providers[i].Provider.Open(n.ctx, n.f, func(res speech.Result) { n.arrived(e, res) })
	e.Recognition = rec
	return e, err
}

// arrival is a result and who gave it.
type arrival struct {
	from *ear
	res  speech.Result
}

// arrived is called by the providers. Of an utterance's partials only the last
// waits.
func (n *recognition) arrived(e *ear, res speech.Result) {
	n.inMu.Lock()
	last := len(n.arrivals) - 1
	if last >= 0 && n.arrivals[last].from == e && n.arrivals[last].res.Utterance == res.Utterance && !over(n.arrivals[last].res) {
		n.arrivals[last].res = res
	} else {
		n.arrivals = append(n.arrivals, arrival{e, res})
	}
	n.inMu.Unlock()
	select {
	case n.in <- struct{}{}:
	default:
	}
}

func over(r speech.Result) bool { return r.Final || r.Err != nil }
