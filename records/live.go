package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"parley/call"
)

// Interrupted is the cause in the record of a call that ended with the
// program: it was killed, or the machine went down.
const Interrupted = "interrupted"

// live keeps a note, one file each, of every call whose recording has begun.
// It is there until the record is kept; those that a run of the program finds
// when it begins are of calls that ended with the run before.
type live struct {
	dir   string // of the notes
	data  string // recordings are below it
	spool *spool
	store Store
	log   *slog.Logger

	left []string // notes of the run before
}

func newLive(data string, s *spool) *live {
	l := &live{dir: filepath.Join(data, "live"), data: data, spool: s, store: s.store, log: s.log}
	l.left, _ = filepath.Glob(filepath.Join(l.dir, "*.json")) // the pattern is sound
	return l
}

func (l *live) file(id call.ID) string { return filepath.Join(l.dir, string(id)+".json") }

// begin notes a call. The note must outlive the program, not the machine's
// power: nobody waits for the disk.
func (l *live) begin(r call.Record, events []call.Event) {
	data, err := json.Marshal(spooled{r, events})
	if err == nil {
		err = os.WriteFile(l.file(r.ID), data, 0o640)
	}
	if err != nil {
		l.log.Warn("a call is not noted: its record would be lost with the program", "call", r.ID, "err", err)
	}
}

// end forgets a call whose record is kept.
func (l *live) end(id call.ID) { os.Remove(l.file(id)) }

// settle makes a record of every call that ended with the run before.
func (l *live) settle(ctx context.Context) {
	for _, file := range l.left {
		if err := l.settleOne(ctx, file); err != nil {
			l.log.Error("the record of an interrupted call cannot be made now", "file", file, "err", err)
			continue
		}
		os.Remove(file)
	}
	l.left = nil
}

func (l *live) settleOne(ctx context.Context, file string) error {
	var k spooled
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the note: %w", err)
	}
	if err := json.Unmarshal(data, &k); err != nil || k.Record.ID == "" {
		l.log.Error("the note of an interrupted call cannot be read", "file", file, "err", err)
		return nil //nolint:nilerr // it will not read better the next time
	}
	if _, err := os.Stat(l.spool.file(k.Record.ID)); err == nil {
		return nil // its record waits to be stored
	}
	switch _, err := l.store.Call(ctx, k.Record.ID); {
	case err == nil:
		return nil // only the note was left
	case !errors.Is(err, ErrNotFound):
		return err
	}
	k.interrupt(l.data)
	l.log.Warn("a call ended with the program", "call", k.Record.ID, "recording", k.Record.Recording.File)
	if err := l.store.SaveCall(ctx, k.Record, k.Events); err != nil {
		return l.spool.write(k)
	}
	return nil
}

// interrupt ends a record where its recording ends.
func (k *spooled) interrupt(data string) {
	r := &k.Record
	var last int64
	if n := len(k.Events); n > 0 {
		last = k.Events[n-1].At
	}
	rec := &r.Recording
	rec.Samples = samplesIn(filepath.Join(data, rec.File))
	rec.Problem = "the program ended during the call"
	if rec.Samples > 0 && rec.Rate > 0 {
		k.Events = append(k.Events, call.Event{At: last, Kind: kindRecording})
		last += rec.Samples * 1000 / int64(rec.Rate)
	} else {
		rec.File = ""
	}
	r.End = r.Start.Add(time.Duration(last) * time.Millisecond)
	r.Cause, r.HangupBy = Interrupted, call.System.String()
	k.Events = append(k.Events, call.Event{At: last, Kind: call.KindEnded, Text: Interrupted, Attrs: map[string]any{"by": r.HangupBy}})
}

// samplesIn is how many samples of each side a recording holds.
func samplesIn(file string) int64 {
	const header, both = 44, 4 // bytes
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return max(info.Size()-header, 0) / both
}
