package speech

import "context"

// Decision is what was done about a provider's fault.
type Decision struct {
	// Kind is recognizer, synthesizer or model.
	Kind string
	// Provider is the name of the one that failed.
	Provider string
	// Fault is one of Faults; Err tells more.
	Fault string
	Err   error
	// Action is what was done: DecisionRetry, DecisionNext, DecisionSkip or
	// DecisionGiveUp; Next is who was asked instead.
	Action, Next string
}

// The Actions of a Decision.
const (
	DecisionRetry  = "retry"   // the same provider is asked again
	DecisionNext   = "next"    // the next provider is asked
	DecisionSkip   = "skip"    // the provider rests after faults and was not asked
	DecisionGiveUp = "give-up" // there is nobody else
)

type watchKey struct{}

// WithWatch returns a context under which watch is told of every Decision, for
// example to write it into a call's journal. It must not block.
func WithWatch(ctx context.Context, watch func(Decision)) context.Context {
	return context.WithValue(ctx, watchKey{}, watch)
}

// Decided tells the context's watch of a Decision, if there is one.
func Decided(ctx context.Context, d Decision) {
	if watch, ok := ctx.Value(watchKey{}).(func(Decision)); ok {
		watch(d)
	}
}
