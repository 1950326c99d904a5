package call

import (
	"context"

	"github.com/google/uuid"

	"parley/media"
)

// Announcement tells the voice side of a session before the AudioSocket
// connects. It reserves capacity; the UUID is random, used once, and all that
// the wire itself carries.
type Announcement struct {
	UUID uuid.UUID
	// Rate of the AudioSocket, 8000 or 16000 Hz.
	Rate int
	// Program is the flow or agent to run.
	Program string
	// Call is what the call side knows of the call.
	Call Info
	// Journal is the call's own where both sides share a process; nil makes
	// the voice side keep one.
	Journal *Journal
	// Control is the call side's; nil: there is no path for it, and the
	// caller is only taken elsewhere when the session is over.
	Control Control
	// Answered is closed when a call that we make is answered: until then its
	// audio is early media. nil: it is answered already.
	Answered <-chan struct{}
}

// Session is a call as the voice side sees it: one AudioSocket connection.
type Session struct {
	Announcement
	// Stream is the caller's audio.
	Stream media.Stream
}

// SessionHandler runs one session. ctx ends when the caller is gone. The
// AudioSocket is closed when it returns, and the outcome told to the call
// side.
type SessionHandler func(ctx context.Context, s *Session) (Outcome, error)

// Outcome is what the call side is to do after a session.
type Outcome struct {
	// Action is OutcomeHangup, OutcomeContinue or OutcomeTransfer.
	Action string `json:"action"`
	// Target is where to, for a transfer.
	Target string `json:"target,omitempty"`
	// Reason is the name of the end that the flow reached.
	Reason string `json:"reason,omitempty"`
}

const (
	// OutcomeHangup releases the call.
	OutcomeHangup = "hangup"
	// OutcomeContinue lets the call side go on with its own plan.
	OutcomeContinue = "continue"
	// OutcomeTransfer sends the caller to Target.
	OutcomeTransfer = "transfer"
)
