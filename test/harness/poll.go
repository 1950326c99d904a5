package harness

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what must come.
const Patience = time.Minute

// pollEvery is how often it looks.
const pollEvery = 50 * time.Millisecond

// Eventually waits until what is true, and fails the test when it does not
// become so.
func Eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	EventuallyWithin(t, Patience, what, met)
}

// EventuallyWithin is Eventually with a patience of its own.
func EventuallyWithin(t testing.TB, patience time.Duration, what string, met func() bool) {
	t.Helper()
	if !become(patience, met) {
		t.Fatalf("after %v still not: %s", patience, what)
	}
}

func become(patience time.Duration, met func() bool) bool {
	for end := time.Now().Add(patience); ; time.Sleep(pollEvery) {
		if met() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}
