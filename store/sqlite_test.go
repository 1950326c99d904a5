package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/records"
	"parley/store/storetest"
)

func open(t *testing.T, path string) *SQLite {
	t.Helper()
	s, err := OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, filepath.Join(t.TempDir(), "a b?%.db")) })
}

func TestReopeningKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	r, events := storetest.Sample(1)
	s := open(t, path)
	if err := s.SaveCall(t.Context(), r, events); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := open(t, path).Call(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
}

func TestALaterSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	s := open(t, path)
	if _, err := s.db.Exec(`INSERT INTO schema VALUES (999)`); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := OpenSQLite(t.Context(), path); err == nil || !strings.Contains(err.Error(), "use the newer program") {
		t.Errorf("err %v", err)
	}
}

// TestALockedDatabaseIsAnError: whoever saves learns of it and can keep the
// record aside; it is not waited for beyond the caller's time.
func TestALockedDatabaseIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	s, other := open(t, path), open(t, path)
	tx, err := other.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	r, events := storetest.Sample(1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.SaveCall(ctx, r, events); err == nil {
		t.Error("a locked database took the record")
	}
	tx.Rollback()
	if err := s.SaveCall(t.Context(), r, events); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

func TestAPathThatCannotBeOpenedIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "parley.db")
	if _, err := OpenSQLite(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("err %v", err)
	}
}

// TestEventsMoveToTheirCall: a database of the first version keeps its journals.
func TestEventsMoveToTheirCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/0001_calls.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`CREATE TABLE schema (version INTEGER NOT NULL) STRICT; INSERT INTO schema VALUES (1)`, string(first),
		`INSERT INTO calls VALUES ('1', 1, 2, 'sip', 'a', 'b', 'p', 'normal', '{"id":"1"}'), ('2', 1, 2, 'sip', 'a', 'b', 'p', 'normal', '{"id":"2"}')`,
		`INSERT INTO call_events VALUES ('1', '[{"kind":"call.answered"}]')`,
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	s, err := OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if events, err := s.CallEvents(t.Context(), "1"); err != nil || len(events) != 1 || events[0].Kind != "call.answered" {
		t.Errorf("events = %v, %v", events, err)
	}
	if _, err := s.CallEvents(t.Context(), "2"); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("a call without a journal: %v", err)
	}
}
