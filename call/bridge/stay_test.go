package bridge

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"parley/call"
)

// staying plays a scene whose caller stays if want says so of the other
// party's end; answers counts how often it was told of an answer.
func staying(t *testing.T, want func(error) bool, script func(s *scene, answers *int)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{t: t, a: newFake("a", call.Answered), b: newFake("b", call.Dialing), result: make(chan error, 1)}
		answers := 0
		handler := To(Config{
			Originator: s.b, Clock: &s.clock, Answered: func() { answers++ }, Stays: want,
			Target: func(context.Context, call.Info) (call.Target, error) {
				return call.Target{URI: "sip:200@192.0.2.1"}, nil
			},
		})
		go func() { s.result <- handler(s.a.ctx, s.a) }()
		synctest.Wait()
		script(s, &answers)
	})
}

// Who is wanted back is left alone when the other party hangs up, and hears no
// tone when it cannot be had. Nobody reads his audio then.
func TestCallerStays(t *testing.T) {
	always := func(error) bool { return true }
	staying(t, always, func(s *scene, answers *int) {
		s.b.reach(call.Ringing)
		s.frames(3)
		s.b.reach(call.Answered)
		s.frames(3)
		s.b.over(&call.Ended{By: call.Customer, Cause: call.Normal})
		if err := s.returns(); err != nil || *answers != 1 {
			t.Errorf("returned %v after %d answers", err, *answers)
		}
		did(t, s.a, "answer")
	})
	staying(t, always, func(s *scene, answers *int) {
		s.b.reach(call.Ringing)
		s.frames(2)
		s.b.over(&call.Ended{By: call.Customer, Cause: call.Busy, Code: 486})
		if err := s.returns(); call.CauseOf(err) != call.Busy || *answers != 0 {
			t.Errorf("returned %v after %d answers", err, *answers)
		}
		did(t, s.a)
	})
}

// Who is wanted back for another end is not.
func TestCallerStaysForSomeEnds(t *testing.T) {
	busy := func(err error) bool { return call.CauseOf(err) == call.Busy }
	staying(t, busy, func(s *scene, _ *int) {
		s.b.reach(call.Answered)
		s.frames(2)
		s.b.over(&call.Ended{By: call.Customer, Cause: call.Normal})
		if err := s.returns(); err != nil {
			t.Error(err)
		}
		did(t, s.a, "answer", "hangup agent normal")
	})
}

// A caller who hangs up is not waited for.
func TestCallerWhoLeavesDoesNotStay(t *testing.T) {
	staying(t, func(error) bool { return true }, func(s *scene, _ *int) {
		s.b.reach(call.Ringing)
		s.frames(2)
		s.a.over(&call.Ended{By: call.Customer, Cause: call.Normal})
		if err := s.returns(); !errors.Is(err, context.Cause(s.a.ctx)) {
			t.Errorf("returned %v", err)
		}
		did(t, s.b, "hangup system normal")
	})
}
