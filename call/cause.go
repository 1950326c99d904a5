package call

import (
	"context"
	"errors"
	"fmt"
)

// Cause is why a call ended or was refused. One table maps it to SIP status
// codes, Q.850 values and HTTP status codes.
type Cause uint8

const (
	// Normal is the ordinary end of an answered call.
	Normal Cause = iota
	// Cancelled: the caller gave up before the answer.
	Cancelled
	// Busy: the called party is on another call.
	Busy
	// NoAnswer: it rang, nobody answered.
	NoAnswer
	// Rejected: the called party declined.
	Rejected
	// NotFound: no such number here, or no route to it.
	NotFound
	// InvalidNumber: the number cannot exist.
	InvalidNumber
	// Unavailable: not reachable just now.
	Unavailable
	// Restricted: barred or forbidden.
	Restricted
	// NotAcceptable: no common codec or media description.
	NotAcceptable
	// BadRequest: the peer's message cannot be understood.
	BadRequest
	// Overloaded: our own limit; try again later.
	Overloaded
	// Congestion: the network's limit.
	Congestion
	// NoMedia: the party's media stopped for longer than allowed.
	NoMedia
	// NoResponse: the peer stopped answering signalling.
	NoResponse
	// Failed: something broke, on our side or in the network.
	Failed
	// Draining: we are shutting down.
	Draining

	causes
)

// table is indexed by Cause. reason is what appears in records and APIs.
var table = [causes]struct {
	name      string
	sip, q850 int
	http      int
}{
	Normal:        {"normal", 200, 16, 200},
	Cancelled:     {"cancelled", 487, 16, 410},
	Busy:          {"busy", 486, 17, 409},
	NoAnswer:      {"no-answer", 480, 19, 408},
	Rejected:      {"rejected", 603, 21, 403},
	NotFound:      {"not-found", 404, 1, 404},
	InvalidNumber: {"invalid-number", 484, 28, 400},
	Unavailable:   {"unavailable", 480, 20, 503},
	Restricted:    {"restricted", 403, 57, 403},
	NotAcceptable: {"not-acceptable", 488, 65, 406},
	BadRequest:    {"bad-request", 400, 111, 400},
	Overloaded:    {"overloaded", 503, 42, 503},
	Congestion:    {"congestion", 503, 34, 503},
	NoMedia:       {"no-media", 408, 41, 504},
	NoResponse:    {"no-response", 408, 102, 504},
	Failed:        {"failed", 500, 41, 500},
	Draining:      {"draining", 503, 42, 503},
}

// String returns the cause's name as records and APIs show it.
func (c Cause) String() string {
	if c < causes {
		return table[c].name
	}
	return fmt.Sprintf("cause(%d)", uint8(c))
}

// SIP returns the status code that refuses a call for c (RFC 3261 §21).
func (c Cause) SIP() int { return table[c].sip }

// Q850 returns the ITU-T Q.850 value for c.
func (c Cause) Q850() int { return table[c].q850 }

// HTTP returns the status code that refuses an API request for c.
func (c Cause) HTTP() int { return table[c].http }

// ParseCause is the inverse of Cause.String.
func ParseCause(name string) (Cause, error) {
	for c := range table {
		if table[c].name == name {
			return Cause(c), nil
		}
	}
	return Failed, fmt.Errorf("unknown cause %q", name)
}

// CauseFromSIP returns the cause that a final SIP status code means to the
// one who called.
func CauseFromSIP(code int) Cause {
	switch code {
	case 404, 604:
		return NotFound
	case 410, 484:
		return InvalidNumber
	case 408, 504:
		return NoResponse
	case 480:
		return Unavailable
	case 486, 600:
		return Busy
	case 487:
		return Cancelled
	case 403, 607, 608:
		return Restricted
	case 488, 606, 415:
		return NotAcceptable
	case 400:
		return BadRequest
	case 603:
		return Rejected
	case 503:
		return Congestion
	}
	if code >= 300 && code < 400 { // to be had elsewhere, where we do not go
		return Unavailable
	}
	if code >= 200 && code < 300 {
		return Normal
	}
	return Failed
}

// CauseFromQ850 returns the cause that an ITU-T Q.850 value means to the one
// who called; ok is false for values that say no more than that it failed.
func CauseFromQ850(v int) (c Cause, ok bool) {
	switch v {
	case 1:
		return NotFound, true
	case 22, 28:
		return InvalidNumber, true
	case 17:
		return Busy, true
	case 18, 19:
		return NoAnswer, true
	case 20, 27, 31:
		return Unavailable, true
	case 21:
		return Rejected, true
	case 52, 53, 54, 55, 57:
		return Restricted, true
	case 34, 38, 42, 47:
		return Congestion, true
	case 65, 79, 88:
		return NotAcceptable, true
	case 102:
		return NoResponse, true
	}
	return Failed, false
}

// Party is who ended a call.
type Party uint8

const (
	// System is Parley itself: a robot, a limit, a fault.
	System Party = iota
	// Customer is the party at the far end of the wire.
	Customer
	// Agent is a person served by desk.
	Agent
)

func (p Party) String() string {
	switch p {
	case Customer:
		return "customer"
	case Agent:
		return "agent"
	}
	return "system"
}

// Ended is the error of everything that is tried on a call that is over, and
// the cause of its context.
type Ended struct {
	By    Party
	Cause Cause
	// Code is the wire's own status, 0 if none: a SIP status code.
	Code int
	// Reason is the wire's own text, if any.
	Reason string
	// Q850 is the value of a Reason header (RFC 3326), 0 if none came.
	Q850 int
}

func (e *Ended) Error() string {
	s := fmt.Sprintf("call ended by %s: %s", e.By, e.Cause)
	if e.Code != 0 {
		s += fmt.Sprintf(" (%d %s)", e.Code, e.Reason)
	}
	return s
}

// WithCause gives err the cause that the call is to end with when a Handler
// returns it.
func WithCause(c Cause, err error) error { return &caused{c, err} }

type caused struct {
	cause Cause
	err   error
}

func (c *caused) Error() string { return c.err.Error() }
func (c *caused) Unwrap() error { return c.err }

// CauseOf returns the cause that err carries: Normal for nil, that of an
// *Ended or of WithCause, and Failed for everything else.
func CauseOf(err error) Cause {
	var ended *Ended
	var with *caused
	switch {
	case err == nil:
		return Normal
	case errors.As(err, &with):
		return with.cause
	case errors.As(err, &ended):
		return ended.Cause
	case errors.Is(err, context.DeadlineExceeded):
		return NoResponse
	}
	return Failed
}
