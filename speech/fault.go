package speech

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What is wrong with a provider that is ErrUnavailable, where it can be told.
// An error that is one of these is ErrUnavailable too.
var (
	// ErrBroken says that what was going on broke off or was garbage. Asking
	// again may help.
	ErrBroken = errors.New("what the provider sent broke off")
	// ErrTimeout says that a provider took too long.
	ErrTimeout = errors.New("the provider took too long")
	// ErrRefused says that a provider does not take the request: the key, the
	// model or a setting is wrong. Asking again does not help.
	ErrRefused = errors.New("the provider refuses the request")
)

// Unavailable returns an error that is ErrUnavailable and kind, one of
// ErrBroken, ErrTimeout and ErrRefused.
func Unavailable(kind error, format string, args ...any) error {
	return fmt.Errorf("%s: %w: %w", fmt.Sprintf(format, args...), ErrUnavailable, kind)
}

// BusyError is ErrBusy from a provider that says when it may be asked again.
type BusyError struct {
	Provider string
	After    time.Duration // 0: it does not say
}

// Error implements error.
func (e *BusyError) Error() string {
	s := e.Provider + ": " + ErrBusy.Error()
	if e.After > 0 {
		s += fmt.Sprintf(", for %s", e.After)
	}
	return s
}

// Is makes it ErrBusy.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// RetryAfter returns when a provider that is busy wants to be asked again, 0
// if it does not say.
func RetryAfter(err error) time.Duration {
	if b := (*BusyError)(nil); errors.As(err, &b) {
		return b.After
	}
	return 0
}

// Faults are all that FaultOf returns.
var Faults = []string{"busy", "timeout", "broken", "refused", "no-voice", "unavailable", "cancelled", "other"}

// FaultOf names what went wrong, for metrics and journals: one of Faults, ""
// without an error.
func FaultOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrBusy):
		return "busy"
	case errors.Is(err, ErrTimeout):
		return "timeout"
	case errors.Is(err, ErrBroken):
		return "broken"
	case errors.Is(err, ErrRefused):
		return "refused"
	case errors.Is(err, ErrNoVoice):
		return "no-voice"
	case errors.Is(err, ErrUnavailable):
		return "unavailable"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "cancelled"
	}
	return "other"
}
