package sip

import (
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// rejectCode is the status that refuses an unanswered call for c. A program
// that just goes away without answering makes us unavailable, not successful.
func rejectCode(c call.Cause) int {
	if code := c.SIP(); code >= 300 {
		return code
	}
	return call.Unavailable.SIP()
}

// reason is the Reason header (RFC 3326) that tells c in Q.850's terms: the
// value that the network gave, if it gave one.
func reason(c call.Cause, q850 int) sipmsg.Header {
	if q850 == 0 {
		q850 = c.Q850()
	}
	return sipmsg.NewHeader("Reason", fmt.Sprintf("Q.850;cause=%d;text=%q", q850, c))
}

// refusal is an error that has a status code of its own.
type refusal struct {
	code int
	why  string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.code, phrase(r.code), r.why) }

func refusef(code int, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}
