package records

import (
	"strings"

	"parley/call"
)

// span is a stretch of a call's time in which something was the case, in
// milliseconds since the call began.
type span struct {
	from, to int64
	what     string
}

// states cuts the journal's states into the spans of the agent and of the
// user.
func states(events []call.Event, end int64) (agent, user []span) {
	extend := func(spans []span, at int64, what string) []span {
		if n := len(spans); n > 0 {
			if spans[n-1].what == what {
				return spans
			}
			spans[n-1].to = at
		}
		return append(spans, span{at, end, what})
	}
	for _, e := range events {
		if e.Kind != call.KindState {
			continue
		}
		_, rest, _ := strings.Cut(e.Text, "/")
		a, u, _ := strings.Cut(rest, "/")
		agent, user = extend(agent, e.At, a), extend(user, e.At, u)
	}
	return agent, user
}

// decisions are the events worth a mark in a timeline.
func decisions(events []call.Event) []call.Event {
	var ds []call.Event
	for _, e := range events {
		switch {
		case strings.HasPrefix(e.Kind, "turn."), strings.HasPrefix(e.Kind, "digits."), strings.HasPrefix(e.Kind, "transfer."),
			strings.HasPrefix(e.Kind, "noresponse."), strings.HasSuffix(e.Kind, ".failed"),
			e.Kind == call.KindDigit, e.Kind == call.KindAnswer, e.Kind == call.KindAnswered, e.Kind == call.KindFinished, e.Kind == call.KindEnded:
			ds = append(ds, e)
		}
	}
	return ds
}

// length returns how long the call lasted, in milliseconds.
func length(r call.Record, events []call.Event) int64 {
	if !r.End.IsZero() {
		return r.End.Sub(r.Start).Milliseconds()
	}
	if len(events) > 0 {
		return events[len(events)-1].At
	}
	return 0
}
