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
// r.Answered. stays tells whether the caller is to be left alone after that;
// else, and if it is nil because no session waits for him, it ends his call as
// the other party's ended.
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
func (n Node) send(ctx context.Context, c call.Call, r call.TransferRequest, returns func(call.TransferResult) bool) (result call.TransferResult, err error) {
	j := call.JournalFrom(ctx)
	if j == nil {
		j = call.NewJournal(time.Now()) // nobody keeps one
	}
	j.Log(call.KindTransfer, r.Target, map[string]any{"mode": string(r.Mode)})
	var mu sync.Mutex
	var answered time.Time
	told := r.Answered
	r.Answered = func() {
		mu.Lock()
		defer mu.Unlock()
		if !answered.IsZero() {
			return
		}
		answered = time.Now()
		j.Log(call.KindTransferAnswered, "", nil)
		if told != nil {
			told()
		}
	}
	of := func(err error) call.TransferResult {
		mu.Lock()
		defer mu.Unlock()
		var talk time.Duration
		if !answered.IsZero() {
			talk = time.Since(answered)
		}
		return call.ResultOf(err, talk)
	}
	var stays func(error) bool
	if returns != nil {
		stays = func(err error) bool { return returns(of(err)) }
	}
	err = n.Transfer(ctx, c, r, stays)
	result = of(err)
	switch {
	case r.Mode == call.TransferRefer && err == nil:
		result.End = call.Transferred
	case err != nil && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
		result.End, result.Cause = call.TransferAbandoned, call.Cancelled
	}
	attrs := map[string]any{"cause": result.Cause.String(), "seconds": result.Talk.Round(time.Millisecond).Seconds()}
	if result.Code != 0 {
		attrs["code"] = result.Code
	}
	j.Log(call.KindTransferEnd, string(result.End), attrs)
	return result, err
}
