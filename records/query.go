package records

import (
	"time"

	"parley/call"
)

// Query selects records. Zero fields select everything.
type Query struct {
	From, To time.Time // of the start; To is exclusive
	// Number is the caller's or the called number, exactly.
	Number string
	// Before pages: only calls that come after this one in the answer, which
	// is ordered from the newest start to the oldest.
	Before call.ID
	// Limit of records returned; 0 means 100.
	Limit int
}

// Rows returns how many records an answer may hold.
func (q Query) Rows() int {
	if q.Limit <= 0 {
		return 100
	}
	return min(q.Limit, 1000)
}
