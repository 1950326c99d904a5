package crash

import (
	"database/sql"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // the driver of the test's own connection

	"parley/audiosocket/audiosockettest"
	"parley/test/harness"
)

// short is a flow that says goodbye at once.
const short = `
name: short
start: bye
nodes:
  bye: {type: end, say: Goodbye.}
`

func startShort(t *testing.T) *harness.Parley {
	t.Helper()
	return harness.Start(t, harness.Options{
		Flows: map[string]string{"short": short},
		Config: harness.Map{
			"routes":      []harness.Map{{"called": "short", "flow": "short"}},
			"audiosocket": harness.Map{"program": "short"},
		},
	})
}

// lock takes the database's write lock, as a backup or an impolite tool does.
func lock(t *testing.T, p *harness.Parley) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Data, "parley.db")+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// aside returns the records that are kept aside.
func aside(t *testing.T, p *harness.Parley) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.Data, "spool", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestDatabaseLocked: calls go on, their records are kept aside and stored
// when the lock is gone.
func TestDatabaseLocked(t *testing.T) {
	t.Parallel()
	p := startShort(t)
	release := lock(t, p)
	report := p.Dial(t, "short").Wait()
	if !report.Answered || report.EndedBy != "them" || report.Cause != "normal" {
		t.Errorf("the call while the database is locked: %+v", report)
	}
	harness.Eventually(t, "the record is kept aside", func() bool { return len(aside(t, p)) == 1 })
	if n := len(p.Calls()); n != 0 {
		t.Errorf("%d records are in a database that is locked", n)
	}
	if p.Log.First("kept aside until the store takes it") == nil {
		t.Error("the log does not say so")
	}
	release()
	r := p.Kept(report.WireID)
	if r.Cause != "normal" || len(r.Transcript) != 1 || r.Transcript[0].Text != "Goodbye." || r.Recording.Samples == 0 {
		t.Errorf("the record that was kept aside: %+v", r)
	}
	if len(p.Events(r.ID)) < 5 {
		t.Error("its journal is not there")
	}
	harness.Eventually(t, "nothing is aside any more", func() bool { return len(aside(t, p)) == 0 })
}

// TestKilledWithRecordsAside: records that were aside when the program was
// killed are stored by the next one.
func TestKilledWithRecordsAside(t *testing.T) {
	t.Parallel()
	p := startShort(t)
	release := lock(t, p)
	report := p.Dial(t, "short").Wait()
	harness.Eventually(t, "the record is kept aside", func() bool { return len(aside(t, p)) == 1 })
	p.Signal(syscall.SIGKILL)
	p.ExitCode()
	release()
	p.Again()
	if r := p.Kept(report.WireID); r.Cause != "normal" || len(r.Transcript) != 1 {
		t.Errorf("the record that was kept aside: %+v", r)
	}
}

// TestHangupDoesNotWaitForTheDatabase: a foreign caller is let go after the
// last word, whatever the database does. Counted in frames that he hears.
func TestHangupDoesNotWaitForTheDatabase(t *testing.T) {
	t.Parallel()
	p := startShort(t)
	release := lock(t, p)
	id := uuid.New()
	c := audiosockettest.Dial(t, p.AudioSocket, id)
	heard, silent := 0, 0
	for {
		pcm, hungUp := c.Hear(0x10)
		if hungUp {
			break
		}
		silent++
		for _, v := range pcm {
			if v > 300 || v < -300 {
				heard, silent = heard+1, 0
				break
			}
		}
		c.Say(0x10, make([]int16, 160))
	}
	if heard < 10 || silent > 100 {
		t.Errorf("after %d frames of the goodbye the caller heard %d of silence", heard, silent)
	}
	c.Conn.Close()
	release()
	if r := p.Kept(id.String()); r.Cause != "normal" || r.HangupBy != "system" {
		t.Errorf("recorded as %s by %s", r.Cause, r.HangupBy)
	}
	t.Logf("hung up %d frames after the goodbye, while the database was locked", silent)
}
