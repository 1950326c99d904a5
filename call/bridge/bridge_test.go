package bridge

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/call"
	"parley/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a caller a, whom we call for him b, and the program between them.
type scene struct {
	t      *testing.T
	a, b   *fakeCall
	clock  media.Manual
	result chan error
}

// play runs a scene in a bubble of virtual time: a is in a state when the
// program begins.
func play(t *testing.T, a call.State, script func(*scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{t: t, a: newFake("a", a), b: newFake("b", call.Dialing), result: make(chan error, 1)}
		handler := To(Config{Originator: s.b, Clock: &s.clock, Country: "us", Target: func(_ context.Context, i call.Info) (call.Target, error) {
			return call.Target{URI: "sip:" + i.Called + "@192.0.2.1"}, nil
		}})
		go func() { s.result <- handler(s.a.ctx, s.a) }()
		synctest.Wait()
		script(s)
	})
}

// frames lets n frames pass.
func (s *scene) frames(n int) {
	for range n {
		s.clock.Step()
		time.Sleep(media.FrameTime)
	}
	synctest.Wait()
}

// returns waits for the end of the program and checks that nothing is left on
// the clock.
func (s *scene) returns() error {
	s.t.Helper()
	for range 10 {
		s.frames(1)
	}
	select {
	case err := <-s.result:
		if n := s.clock.Step(); n != 0 {
			s.t.Errorf("%d tickers are left on the clock", n)
		}
		return err
	default:
		s.t.Fatal("the program goes on")
		return nil
	}
}

// did checks what was asked of a call.
func did(t *testing.T, c *fakeCall, want ...string) {
	t.Helper()
	if got := c.done(); !slices.Equal(got, want) {
		t.Errorf("%s was asked %q, want %q", c.name, got, want)
	}
}

func TestCallThatIsAnswered(t *testing.T) {
	play(t, call.Dialing, func(s *scene) {
		if s.b.target.URI != "sip:100@192.0.2.1" {
			t.Errorf("called %q", s.b.target.URI)
		}
		s.b.reach(call.Ringing)
		synctest.Wait()
		did(t, s.a, "ring")
		s.b.reach(call.Answered)
		synctest.Wait()
		did(t, s.a, "answer")
		s.a.stream.says(1000, '1', '2')
		s.b.stream.says(2000, '#')
		s.frames(5)
		atA, digitsA := s.a.stream.hears()
		atB, digitsB := s.b.stream.hears()
		if len(atA) != 5 || atA[4] != 2000 || len(atB) != 5 || atB[4] != 1000 || digitsA != "#" || digitsB != "12" {
			t.Errorf("a heard %v %q, b %v %q", atA, digitsA, atB, digitsB)
		}
		s.a.over(&call.Ended{By: call.Customer, Cause: call.Normal})
		if err := s.returns(); err != nil {
			t.Error(err)
		}
		did(t, s.b, "hangup system normal")
	})
}

func TestOtherPartyHangsUp(t *testing.T) {
	play(t, call.Dialing, func(s *scene) {
		s.b.reach(call.Answered)
		s.frames(2)
		s.b.over(&call.Ended{By: call.Customer, Cause: call.NoMedia})
		if err := s.returns(); err != nil {
			t.Error(err)
		}
		did(t, s.a, "answer", "hangup agent no-media")
	})
}

func TestEarlyMedia(t *testing.T) {
	play(t, call.Dialing, func(s *scene) {
		s.b.reach(call.Early)
		synctest.Wait()
		did(t, s.a, "early")
		s.b.stream.says(500)
		s.a.stream.says(700, '5')
		s.frames(3)
		if heard, _ := s.a.stream.hears(); len(heard) != 3 || heard[2] != 500 {
			t.Errorf("a heard %v of the early media", heard)
		}
		if heard, digits := s.b.stream.hears(); heard[2] != 700 || digits != "5" {
			t.Errorf("b heard %v %q before its answer", heard, digits)
		}
		s.b.reach(call.Answered)
		s.frames(3)
		if heard, _ := s.a.stream.hears(); len(heard) != 3 || heard[0] != 500 {
			t.Errorf("a heard %v after the answer", heard)
		}
		did(t, s.a, "answer")
		s.b.over(&call.Ended{By: call.Customer})
		if err := s.returns(); err != nil {
			t.Error(err)
		}
	})
}

func TestCallerWithoutEarlyMedia(t *testing.T) {
	play(t, call.Dialing, func(s *scene) {
		s.a.mute = true
		s.b.reach(call.Early)
		synctest.Wait()
		did(t, s.a, "ring")
		s.b.reach(call.Answered)
		synctest.Wait()
		did(t, s.a, "answer")
		s.a.over(&call.Ended{By: call.Customer})
		if err := s.returns(); err != nil {
			t.Error(err)
		}
	})
}

func TestOtherPartyFails(t *testing.T) {
	play(t, call.Dialing, func(s *scene) {
		s.b.reach(call.Ringing)
		synctest.Wait()
		why := &call.Ended{By: call.Customer, Cause: call.Busy, Code: 600, Reason: "Busy Everywhere"}
		s.b.over(why)
		err := s.returns()
		var got *call.Ended
		if !errors.As(err, &got) || got != why || call.CauseOf(err) != call.Busy {
			t.Errorf("%v, want the other call's own end", err)
		}
		did(t, s.a, "ring")
	})
}

func TestCallerGivesUp(t *testing.T) {
	play(t, call.Dialing, func(s *scene) {
		s.b.reach(call.Ringing)
		synctest.Wait()
		s.a.over(&call.Ended{By: call.Customer, Cause: call.Cancelled})
		if err := s.returns(); call.CauseOf(err) != call.Cancelled {
			t.Error(err)
		}
		did(t, s.b, "hangup system cancelled")
	})
}

func TestNobodyAnswers(t *testing.T) {
	play(t, call.Dialing, func(s *scene) {
		s.b.reach(call.Ringing)
		time.Sleep(defaultAnswerTime + grace)
		if err := s.returns(); call.CauseOf(err) != call.NoAnswer {
			t.Error(err)
		}
		did(t, s.b, "hangup system no-answer")
	})
}

// TestAnsweredCallerHearsTones: ringing, then busy, then the end.
func TestAnsweredCallerHearsTones(t *testing.T) {
	play(t, call.Answered, func(s *scene) {
		s.b.reach(call.Ringing)
		synctest.Wait()
		did(t, s.a)
		s.frames(150)
		heard, _ := s.a.stream.hears()
		loud := 0
		for _, v := range heard {
			if v > 1000 {
				loud++
			}
		}
		if len(heard) < 149 || loud < 95 || loud > 101 { // two seconds of six
			t.Errorf("a heard %d frames of ringing, %d of them loud, want 100", len(heard), loud)
		}
		s.b.over(&call.Ended{By: call.Customer, Cause: call.Busy, Code: 486})
		synctest.Wait()
		s.frames(100)
		heard, _ = s.a.stream.hears()
		loud = 0
		for _, v := range heard {
			if v > 1000 {
				loud++
			}
		}
		if loud < 45 || loud > 55 { // half of two seconds
			t.Errorf("%d of %d frames of the busy tone are loud", loud, len(heard))
		}
		did(t, s.a)
		s.frames(150)
		if err := s.returns(); call.CauseOf(err) != call.Busy {
			t.Error(err)
		}
		did(t, s.a, "hangup system busy")
	})
}

// TestToneAfterEarlyMedia: the other side's audio has ended with its call.
func TestToneAfterEarlyMedia(t *testing.T) {
	play(t, call.Answered, func(s *scene) {
		s.b.reach(call.Early)
		s.b.stream.says(300)
		synctest.Wait()
		s.frames(10)
		s.b.over(&call.Ended{By: call.Customer, Cause: call.Congestion, Code: 503})
		synctest.Wait()
		s.frames(10)
		heard, _ := s.a.stream.hears()
		if n := len(heard); n < 19 || heard[5] != 300 || heard[n-1] < 1000 {
			t.Errorf("a heard %v", heard)
		}
		s.a.over(&call.Ended{By: call.Customer, Cause: call.Normal})
		if err := s.returns(); call.CauseOf(err) != call.Congestion {
			t.Error(err)
		}
	})
}

// TestCallerInEarlyMediaHearsRinging: a 180 would not be heard any more.
func TestCallerInEarlyMediaHearsRinging(t *testing.T) {
	play(t, call.Early, func(s *scene) {
		s.b.reach(call.Ringing)
		synctest.Wait()
		s.frames(5)
		if heard, _ := s.a.stream.hears(); len(heard) != 5 || heard[4] < 1000 {
			t.Errorf("a heard %v, want ringing", heard)
		}
		s.b.over(&call.Ended{By: call.Customer, Cause: call.Busy, Code: 486})
		if err := s.returns(); call.CauseOf(err) != call.Busy {
			t.Error(err)
		}
		did(t, s.a)
	})
}

func TestNobodyToCall(t *testing.T) {
	why := call.WithCause(call.NotFound, errors.New("no such number"))
	handler := To(Config{Target: func(context.Context, call.Info) (call.Target, error) { return call.Target{}, why }})
	if err := handler(t.Context(), newFake("a", call.Dialing)); !errors.Is(err, why) || call.CauseOf(err) != call.NotFound {
		t.Error(err)
	}
}
