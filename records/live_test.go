package records

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/call"
	"parley/media"
)

func notes(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "live", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// next is the Keeper of the program's next run on the same data.
func next(t *testing.T, dir string, store Store) *Keeper {
	t.Helper()
	scribe := media.NewScribe()
	t.Cleanup(scribe.Close)
	k, err := New(Defaults(), dir, call.NewBook(1), scribe, store, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestACallThatEndedWithTheProgramHasARecord: what the run before left behind
// is made a record of; a call of this run is not.
func TestACallThatEndedWithTheProgramHasARecord(t *testing.T) {
	store := &memory{}
	k, _, dir := newKeeper(t, store)
	c := newCall(t)
	var again *Keeper
	err := k.Handle(func(ctx context.Context, c call.Call) error {
		if err := serve(nil)(ctx, c); err != nil {
			return err
		}
		if len(notes(t, dir)) != 1 {
			t.Errorf("noted are %v", notes(t, dir))
		}
		// As a kill leaves it: a note, and a file with half a second in it.
		folder := filepath.Join(dir, "recordings")
		wavs, _ := filepath.Glob(filepath.Join(folder, "*.wav"))
		if len(wavs) != 1 || os.Truncate(wavs[0], 44+4*4000) != nil {
			t.Fatalf("recordings %v", wavs)
		}
		again = next(t, dir, store)
		store.gone = true
		again.live.settle(t.Context()) // cannot be asked now: the note stays
		if len(notes(t, dir)) != 1 {
			t.Error("the note is gone without a record")
		}
		again, store.gone = next(t, dir, store), false
		again.live.settle(t.Context())
		r, err := store.Call(t.Context(), c.Info().ID)
		if err != nil || r.Cause != Interrupted || r.HangupBy != "system" || r.Caller != "100" || r.Program != "shop" {
			t.Errorf("record %+v, %v", r, err)
		}
		if r.Recording.Samples != 4000 || r.Recording.File == "" || r.Recording.Problem == "" || r.End.Sub(r.Start) < 500*time.Millisecond {
			t.Errorf("recording %+v, from %s to %s", r.Recording, r.Start, r.End)
		}
		if len(notes(t, dir)) != 0 {
			t.Errorf("still noted are %v", notes(t, dir))
		}
		return nil
	})(c.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if r := store.calls[c.info.ID]; r.Cause != "normal" || len(notes(t, dir)) != 0 {
		t.Errorf("the end of a call that goes on is %s, noted are %v", r.Cause, notes(t, dir))
	}
}

// TestANoteIsOlderThanARecord: a record that was kept, in the store or aside,
// is not replaced.
func TestANoteIsOlderThanARecord(t *testing.T) {
	for name, aside := range map[string]bool{"stored": false, "aside": true} {
		t.Run(name, func(t *testing.T) {
			store := &memory{}
			k, _, dir := newKeeper(t, store)
			r := call.Record{ID: call.NewID(), Cause: "normal", End: time.Now()}
			k.live.begin(r, nil)
			if aside {
				k.spool.put(r, nil)
			} else if err := store.SaveCall(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
			again := next(t, dir, store)
			again.live.settle(t.Context())
			again.spool.flush(t.Context())
			if got := store.calls[r.ID]; got.Cause != "normal" || len(notes(t, dir)) != 0 {
				t.Errorf("the record's cause is %q, noted are %v", got.Cause, notes(t, dir))
			}
		})
	}
}

// TestAnUnreadableNoteIsOnlyLogged: it must not keep the others.
func TestAnUnreadableNoteIsOnlyLogged(t *testing.T) {
	store := &memory{}
	_, _, dir := newKeeper(t, store)
	if err := os.WriteFile(filepath.Join(dir, "live", "1.json"), []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	next(t, dir, store).live.settle(t.Context())
	if len(store.calls) != 0 || len(notes(t, dir)) != 0 {
		t.Errorf("records %v, noted %v", store.calls, notes(t, dir))
	}
}
