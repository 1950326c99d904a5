package bridge

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"parley/call"
	"parley/media"
)

// joined runs Join of two answered calls in a bubble.
func joined(t *testing.T, script func(s *scene, cancel context.CancelFunc)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{t: t, a: newFake("a", call.Answered), b: newFake("b", call.Answered), result: make(chan error, 1)}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() { s.result <- Join(ctx, &s.clock, s.a, s.b) }()
		synctest.Wait()
		s.a.stream.says(1000)
		s.b.stream.says(2000)
		s.frames(3)
		atA, _ := s.a.stream.hears()
		atB, _ := s.b.stream.hears()
		if len(atA) != 3 || atA[2] != 2000 || len(atB) != 3 || atB[2] != 1000 {
			t.Errorf("a heard %v, b %v", atA, atB)
		}
		script(s, cancel)
	})
}

func TestJoinEndsWithTheFirst(t *testing.T) {
	for _, first := range []string{"a", "b"} {
		joined(t, func(s *scene, _ context.CancelFunc) {
			ends, other := s.a, s.b
			if first == "b" {
				ends, other = s.b, s.a
			}
			ends.over(&call.Ended{By: call.Customer, Cause: call.NoMedia})
			if err := s.returns(); err != nil {
				t.Error(err)
			}
			did(t, other, "hangup system no-media")
		})
	}
}

func TestJoinTakenApart(t *testing.T) {
	joined(t, func(s *scene, cancel context.CancelFunc) {
		cancel()
		if err := s.returns(); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		did(t, s.a)
		did(t, s.b)
		if s.a.State() != call.Answered || s.b.State() != call.Answered {
			t.Error("a call has ended")
		}
	})
}

func TestJoinOfWhatIsNotAnswered(t *testing.T) {
	if err := Join(t.Context(), new(media.Manual), newFake("a", call.Answered), newFake("b", call.Ringing)); err == nil {
		t.Error("a ringing call was joined")
	}
}

// TestJoinWithoutAClock: a clock that stands still does not hold up the end.
func TestJoinWithoutAClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newFake("a", call.Answered), newFake("b", call.Answered)
		a.over(&call.Ended{By: call.Customer})
		b.over(&call.Ended{By: call.Customer})
		if a.stream.WriteFrame(nil); Join(t.Context(), new(media.Manual), a, b) != nil {
			t.Error("two calls that are over cannot be joined quietly")
		}
	})
}
