package main

import (
	"fmt"
	"testing"
	"time"

	"parley/call"
	"parley/speech"
)

// TestProviderFaultsAreInTheJournal with what was done about them, and without
// what a server said.
func TestProviderFaultsAreInTheJournal(t *testing.T) {
	j := call.NewJournal(time.Now())
	ctx := speech.WithWatch(t.Context(), func(d speech.Decision) { noteProvider(j, d) })
	speech.Decided(ctx, speech.Decision{Kind: "model", Provider: "gpt", Fault: "timeout", Err: speech.ErrTimeout, Action: speech.DecisionNext, Next: "house"})
	speech.Decided(t.Context(), speech.Decision{Provider: "nobody"}) // nobody watches
	events := j.Events()
	if len(events) != 1 || events[0].Kind != call.KindProvider || events[0].Text != "gpt" ||
		fmt.Sprint(events[0].Attrs) != "map[action:next fault:timeout kind:model next:house]" {
		t.Errorf("%+v", events)
	}
}
