package media

import "time"

// Ticker is something the clock drives: one call's media, or one half of it.
//
// Tick is called once per FrameTime on the goroutine of the shard that the
// Ticker was given to, never by two at once. now is the monotonic time since
// the clock started, as it was planned, not as it was reached: consecutive
// ticks are exactly FrameTime apart, and a multiple of it only after the
// machine has stood still for long. Tick must not block. It returns false
// to leave the clock; it is not called again.
type Ticker interface {
	Tick(now time.Duration) (more bool)
}

// Later is a Ticker that does the second half of its work a few milliseconds
// after the first: a voice session reads in Tick and speaks in Late, so that an
// answer which is known at once does not wait for a whole frame. Late follows
// each Tick that returned true, LateBy after it, on the same goroutine.
type Later interface {
	Ticker
	Late(now time.Duration)
}

// LateBy is how long after Tick a Later's Late is called.
const LateBy = lateSlots * slotTime

// Clock paces Tickers. The program runs a Wheel; tests step a Manual one.
type Clock interface {
	// Add gives t to the shard with the fewest Tickers. Its first Tick
	// follows within FrameTime.
	Add(t Ticker)
	// Now returns the monotonic time since the clock started.
	Now() time.Duration
}
