// Package agents holds language-model agents against the turn machine in
// random schedules.
package agents

import (
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"parley/voice/turn"
)

var (
	schedules = flag.Uint64("schedules", 300, "how many random conversations")
	first     = flag.Uint64("first", 1, "the seed of the first")
)

// TestRandomConversations: no word and no side effect of an answer that was
// taken back, no unheard word in what the model is told, no command spoken,
// and an end of every answer, whatever happens when.
func TestRandomConversations(t *testing.T) {
	turns, changes, adopted, ends := 0, 0, 0, map[string]int{}
	for seed := *first; seed < *first+*schedules; seed++ {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, seed)
				s.step(turn.Begin{})
				for range int(40 * time.Second / turn.FrameTime) {
					if s.finish != nil || t.Failed() {
						break
					}
					s.frame()
				}
				s.step(turn.Gone{})
				for _, cancel := range s.cancel {
					cancel()
				}
				s.replies.Wait()
				turns += len(s.committed)
				changes += s.model.changes
				adopted += s.adopted
				if s.finish != nil {
					ends[s.finish.End.Reason]++
				}
			})
		})
		if !ok {
			return
		}
	}
	t.Logf("%d answers were heard, %d worked out ahead, %d changes made, ends %v", turns, adopted, changes, ends)
	if *schedules >= 300 && (turns < 700 || changes < 20 || adopted < 20 || ends["bye"] < 20 || ends["first"] < 20) {
		t.Error("the conversations do not try what they should")
	}
}
