package audiosocket

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"parley/call"
)

func TestAnnouncementsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(1, 10*time.Second)
		id := uuid.New()
		if _, err := r.announce(call.Announcement{UUID: id}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Second - 1)
		if _, err := r.announce(call.Announcement{UUID: uuid.New()}); !errors.Is(err, ErrBusy) {
			t.Errorf("while it is reserved: %v", err)
		}
		time.Sleep(time.Second)
		if _, _, err := r.enter(id, nil); err == nil {
			t.Error("an expired announcement was taken")
		}
		if release, err := r.announce(call.Announcement{UUID: uuid.New()}); err != nil {
			t.Errorf("after it has expired: %v", err)
		} else {
			release()
		}
	})
}

func TestOutcomesAreKeptForTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(10, time.Second)
		id := uuid.New()
		if _, err := r.announce(call.Announcement{UUID: id}); err != nil {
			t.Fatal(err)
		}
		if _, announced, err := r.enter(id, nil); err != nil || !announced {
			t.Fatal(announced, err)
		}
		time.Sleep(time.Hour) // a long call
		r.tell(id, true, &call.Outcome{Action: call.OutcomeHangup})
		r.leave()
		time.Sleep(outcomeTime - time.Millisecond)
		if _, ok := r.outcome(id); !ok {
			t.Error("the outcome was forgotten early")
		}
		stranger := func() call.Announcement { return call.Announcement{} }
		if _, _, err := r.enter(id, stranger); !errors.Is(err, errUnknown) {
			t.Errorf("a used uuid as a stranger's: %v", err)
		}
		time.Sleep(time.Millisecond)
		if _, ok := r.outcome(id); ok {
			t.Error("the outcome is kept too long")
		}
	})
}

func TestOutcomesAreBounded(t *testing.T) {
	r := newRegistry(10, time.Second)
	first := uuid.New()
	for i := range outcomeCount + 100 {
		id := uuid.New()
		if i == 0 {
			id = first
		}
		r.tell(id, true, &call.Outcome{})
	}
	if len(r.past) > outcomeCount || len(r.order) > outcomeCount {
		t.Errorf("%d outcomes kept", len(r.past))
	}
	if _, ok := r.outcome(first); ok {
		t.Error("the oldest is kept")
	}
}

// TestRefusalsCarryTheirCause: the API and the call side turn them into
// status codes.
func TestRefusalsCarryTheirCause(t *testing.T) {
	r := newRegistry(1, time.Minute)
	a := call.Announcement{UUID: uuid.New()}
	release, err := r.announce(a)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := r.announce(call.Announcement{UUID: uuid.New()}); call.CauseOf(err) != call.Overloaded || !errors.Is(err, ErrBusy) {
		t.Errorf("full: %v", err)
	}
	r.limit = 2
	if _, err := r.announce(a); call.CauseOf(err) != call.BadRequest {
		t.Errorf("twice: %v", err)
	}
	r.draining = true
	if _, err := r.announce(call.Announcement{UUID: uuid.New()}); call.CauseOf(err) != call.Draining {
		t.Errorf("draining: %v", err)
	}
}
