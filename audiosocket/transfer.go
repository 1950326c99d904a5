package audiosocket

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/call"
)

// Sender takes a caller to r.Target and returns what became of it: nil if the
// other party has answered and hung up, or the call has left us. It calls
// r.Answered. stays, asked with what it is about to return, tells whether the
// caller is to be left alone after that. Else, and if stays is nil because no
// session waits for him, it ends his call as the other party's ended.
type Sender func(ctx context.Context, c call.Call, r call.TransferRequest, stays func(error) bool) error

// errLeft tells the voice side that its caller does not come back.
var errLeft = errors.New("audiosocket: the caller has left with the transfer")

// ask is a transfer that the voice side asks for.
type ask struct {
	call.TransferRequest
	result chan call.TransferResult // has room for one
}

// Transfer implements call.Control.
func (s *served) Transfer(ctx context.Context, r call.TransferRequest) (t call.TransferResult, err error) {
	a := &ask{r, make(chan call.TransferResult, 1)}
	select {
	case s.asks <- a:
	case <-s.over:
		return t, errLeft
	case <-ctx.Done():
		return t, context.Cause(ctx)
	}
	select {
	case t = <-a.result:
		return t, nil
	case <-s.over:
		return t, errLeft
	case <-ctx.Done():
		return t, context.Cause(ctx)
	}
}

// transfer does what the voice side asks for. back is false when the caller
// is not the session's any more: err is then why.
func (s *served) transfer(ctx context.Context, a *ask) (back bool, err error) {
	loan := s.audio.lend()
	var waiting sync.WaitGroup
	done := make(chan struct{})
	waiting.Go(func() {
		select {
		case <-a.Said:
			loan.release()
		case <-done:
		}
	})
	if a.Said == nil {
		loan.release()
	}
	returns := func(r call.TransferResult) bool { return a.Returns(r.End) && !s.gone() }
	r := a.TransferRequest
	r.Answered = func() {
		loan.release()
		if a.Answered != nil {
			a.Answered()
		}
	}
	result, err := s.send(ctx, lent{s.call, loan}, r, returns)
	close(done)
	waiting.Wait()
	s.audio.takeBack()
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case !returns(result):
		return false, err
	}
	a.result <- result
	return true, nil
}

// gone: the voice node has hung up.
func (s *served) gone() bool {
	select {
	case <-s.conn.Ended():
		return true
	default:
		return false
	}
}

// send has a caller taken to somebody else and writes into the journal how
// that went. err is what it came to. returns tells whether a session wants him
// back; nil: there is none any more.
func (n Node) send(ctx context.Context, c call.Call, r call.TransferRequest, returns func(call.TransferResult) bool) (call.TransferResult, error) {
	g := &going{TransferRequest: r, ctx: ctx, journal: call.JournalFrom(ctx)}
	if g.journal == nil {
		g.journal = call.NewJournal(time.Now()) // nobody keeps one
	}
	g.journal.Log(call.KindTransfer, r.Target, map[string]any{"mode": string(r.Mode)})
	r.Answered = g.answer
	var stays func(error) bool
	if returns != nil {
		stays = func(err error) bool { return returns(g.end(err)) }
	}
	err := n.Transfer(ctx, c, r, stays)
	return g.end(err), err
}

// going is a transfer under way.
type going struct {
	call.TransferRequest
	ctx     context.Context
	journal *call.Journal

	mu       sync.Mutex
	answered time.Time
	result   *call.TransferResult // when it has ended
}

// answer notes the answer, and tells who has asked for the transfer.
func (g *going) answer() {
	g.mu.Lock()
	first := g.answered.IsZero() && g.result == nil
	if first {
		g.answered = time.Now()
		g.journal.Log(call.KindTransferAnswered, "", nil)
	}
	g.mu.Unlock()
	if first && g.Answered != nil {
		g.Answered()
	}
}

// end notes how it ended, once: the tone that tells a caller so may follow.
func (g *going) end(err error) call.TransferResult {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.result != nil {
		return *g.result
	}
	var talk time.Duration
	if !g.answered.IsZero() {
		talk = time.Since(g.answered)
	}
	r := call.ResultOf(err, talk)
	switch {
	case g.Mode == call.TransferRefer && err == nil:
		r.End = call.Transferred
	case err != nil && g.ctx.Err() != nil && errors.Is(err, context.Cause(g.ctx)):
		r.End, r.Cause = call.TransferAbandoned, call.Cancelled
	}
	attrs := map[string]any{"cause": r.Cause.String(), "seconds": talk.Round(time.Millisecond).Seconds()}
	if r.Code != 0 {
		attrs["code"] = r.Code
	}
	g.journal.Log(call.KindTransferEnd, string(r.End), attrs)
	g.result = &r
	return r
}
