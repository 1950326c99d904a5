package records

import (
	"context"
	"testing"
	"time"

	"parley/call"
)

// counted is a stream that knows what its wire has carried.
type counted struct{ tone }

func (counted) MediaStats() call.MediaStats { return call.MediaStats{Malformed: 3} }

func TestForeignSessionsAreKeptToo(t *testing.T) {
	store := &memory{}
	k, book, _ := newKeeper(t, store)
	s := &call.Session{Stream: counted{}, Announcement: call.Announcement{Call: call.Info{ID: call.NewID(), Door: "audiosocket", Start: time.Now()}}}
	_, err := k.HandleSession(func(ctx context.Context, s *call.Session) (call.Outcome, error) {
		if book.Len() != 1 || s.Journal == nil {
			t.Error("the session is not in the Book, or has no journal")
		}
		book.Find(s.Call.ID).Hangup(call.System, call.Draining)
		<-ctx.Done()
		return call.Outcome{}, nil
	})(t.Context(), s)
	k.saving.Wait()
	if r := store.calls[s.Call.ID]; err != nil || r.Cause != "draining" || r.Recording.File == "" || r.Media.Malformed != 3 {
		t.Errorf("record %+v, err %v", r, err)
	}
	s.Call.ID, s.Journal, s.Stream = call.NewID(), nil, tone{}
	_, err = k.HandleSession(func(context.Context, *call.Session) (call.Outcome, error) {
		return call.Outcome{}, &call.Ended{By: call.Customer}
	})(t.Context(), s)
	k.saving.Wait()
	if r := store.calls[s.Call.ID]; err == nil || r.HangupBy != "customer" || r.Cause != "normal" {
		t.Errorf("a caller who was gone before the context said so: %+v, err %v", r, err)
	}
	own := &call.Session{Announcement: call.Announcement{Journal: call.NewJournal(time.Now())}}
	if _, err := k.HandleSession(func(context.Context, *call.Session) (call.Outcome, error) { return call.Outcome{}, nil })(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	if len(store.calls) != 2 {
		t.Error("a session of our own call side was kept twice")
	}
}

// slow is a store that does not answer before it is let.
type slow struct {
	memory
	let chan struct{}
}

func (s *slow) SaveCall(ctx context.Context, r call.Record, events []call.Event) error {
	<-s.let
	return s.memory.SaveCall(ctx, r, events)
}

func TestASessionEndsBeforeItsRecordIsStored(t *testing.T) {
	store := &slow{let: make(chan struct{})}
	k, book, _ := newKeeper(t, store)
	s := &call.Session{Stream: tone{}, Announcement: call.Announcement{Call: call.Info{ID: call.NewID(), Start: time.Now()}}}
	func() {
		defer func() { recover() }()
		k.HandleSession(func(context.Context, *call.Session) (call.Outcome, error) { panic("broken") })(t.Context(), s) //nolint:errcheck // it panics
	}()
	if book.Len() != 1 {
		t.Error("the Book has forgotten a call whose record is not stored")
	}
	close(store.let)
	k.saving.Wait()
	if r := store.calls[s.Call.ID]; r.Cause != "failed" || r.HangupBy != "system" || r.End.IsZero() || book.Len() != 0 {
		t.Errorf("the record of a session that broke is %+v", r)
	}
}
