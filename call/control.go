package call

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Control is what the voice side may ask of the call side while a session
// lasts. It goes beside the audio.
type Control interface {
	// Transfer takes the session's caller to somebody else and returns when
	// he is back. Meanwhile the session hears gaps (media.Gap), and what it
	// says is not heard, except while r.Said is open. Error: he does not come
	// back, and the session is about to end.
	Transfer(ctx context.Context, r TransferRequest) (TransferResult, error)
}

// TransferMode is how a caller gets to somebody else.
type TransferMode string

const (
	// TransferBridge is a blind transfer over our own call to the other
	// party: the caller hears it ring, and is joined with it.
	TransferBridge TransferMode = "bridge"
	// TransferAttended calls the other party while the caller is still being
	// talked to, and joins the two at the answer.
	TransferAttended TransferMode = "attended"
	// TransferRefer asks the caller's own exchange to call the other party
	// (SIP: REFER, RFC 3515). If it succeeds, the call leaves us.
	TransferRefer TransferMode = "refer"
)

// TransferRequest asks for a transfer.
type TransferRequest struct {
	// Target is a number, which goes by the routes, or a SIP address. Of a
	// TransferRefer it is a number of the caller's exchange, or an address.
	Target string
	Mode   TransferMode
	// Timeout is how long the other party may take to answer; 0: as long as
	// the door lets it ring.
	Timeout time.Duration
	// Back are the ends that bring the caller back to the session. His call
	// ends with all others.
	Back []TransferEnd
	// Said is closed when the session has told the caller all that it has to
	// say; until then he hears that instead of the ringing. nil: it has.
	Said <-chan struct{}
	// Answered, if it is not nil, is called when the other party has answered.
	// It must not block.
	Answered func()
}

// Returns tells whether an end brings the caller back.
func (r TransferRequest) Returns(e TransferEnd) bool { return slices.Contains(r.Back, e) }

// TransferEnd is how a transfer ended.
type TransferEnd string

const (
	// TransferEnded: the other party answered and has hung up.
	TransferEnded TransferEnd = "ended"
	// TransferBusy, TransferNoAnswer: it did not answer.
	TransferBusy     TransferEnd = "busy"
	TransferNoAnswer TransferEnd = "no-answer"
	// TransferFailed: it was refused or could not be reached.
	TransferFailed TransferEnd = "failed"
	// Transferred: the call has left us. Nobody gets this as a result.
	Transferred TransferEnd = "transferred"
	// TransferAbandoned: the caller hung up before the answer. Nobody gets
	// this as a result.
	TransferAbandoned TransferEnd = "abandoned"
)

// TransferEndOf tells how a transfer ended that came to err.
func TransferEndOf(err error) TransferEnd {
	switch {
	case err == nil:
		return TransferEnded
	case CauseOf(err) == Busy:
		return TransferBusy
	case CauseOf(err) == NoAnswer:
		return TransferNoAnswer
	}
	return TransferFailed
}

// TransferResult is what became of a transfer.
type TransferResult struct {
	End   TransferEnd
	Cause Cause
	// Code is the wire's own status, 0 if none: a SIP status code.
	Code int
	// Talk is how long the caller was joined with the other party.
	Talk time.Duration
}

// ResultOf is the result of a transfer that came to err.
func ResultOf(err error, talk time.Duration) TransferResult {
	r := TransferResult{End: TransferEndOf(err), Cause: CauseOf(err), Talk: talk}
	var ended *Ended
	if errors.As(err, &ended) {
		r.Code = ended.Code
	}
	return r
}
