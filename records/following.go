package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/call"
	"parley/media"
)

// following is what is known of one live call.
type following struct {
	keeper  *Keeper
	info    call.Info
	journal *call.Journal

	mu       sync.Mutex
	stream   *media.Tap
	recorder *media.Recorder
	from     int64 // journal offset of the recording's first frame
	file     string
	problem  string
	media    call.MediaStats
}

func (k *Keeper) follow(info call.Info) *following {
	return &following{keeper: k, info: info, journal: call.NewJournal(info.Start)}
}

// tap returns the call's stream with the recorder at it. The recording begins
// at the first call.
func (f *following) tap(s media.Stream) media.Stream {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s == nil {
		return nil
	}
	if f.stream != nil {
		return f.stream
	}
	f.stream = media.NewTap(s)
	if !f.keeper.cfg.Recording {
		return f.stream
	}
	f.file = filepath.Join("recordings", fmt.Sprintf("%s-%s.wav", f.info.Start.UTC().Format("20060102T150405Z"), f.info.ID))
	f.note(s.Rate())
	path := filepath.Join(f.keeper.dir, f.file)
	r, err := f.keeper.scribe.Start(path, s.Rate())
	if err != nil {
		os.Remove(path) // a full disk leaves an empty file
		f.problem = problemOf(err)
		f.file = ""
		f.keeper.log.Error("the call goes on without a recording", "call", f.info.ID, "err", err)
		f.journal.Log("recording.failed", f.problem, nil)
		return f.stream
	}
	f.recorder = r
	f.from = f.journal.Offset(time.Now())
	f.stream.Record(r)
	f.journal.Log(kindRecording, "", nil)
	return f.stream
}

// kindRecording is the event of a recording's first frame.
const kindRecording = "recording.start"

// note keeps what is known of the call, in case that the program does not
// live to its end.
func (f *following) note(rate int) {
	events := f.journal.Events()
	r := Build(f.info, events)
	r.Recording = call.Recording{File: f.file, Rate: rate}
	f.keeper.live.begin(r, events)
}

// problemOf says what is wrong with a recording's file without naming the file,
// which stands beside it.
func problemOf(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Op + ": " + p.Err.Error()
	}
	return err.Error()
}

// end writes why the call ended and closes the journal.
func (f *following) end(e *call.Ended) {
	attrs := map[string]any{"by": e.By.String()}
	if e.Code != 0 {
		attrs["code"] = e.Code
	}
	ended := f.journal.Offset(f.journal.Now())
	f.journal.Settle(settleTime)
	f.journal.Add(call.Event{At: ended, Kind: call.KindEnded, Text: e.Cause.String(), Attrs: attrs})
	f.journal.Close()
}

// stats asks the door what it counted: a call, or the stream of a session.
func (f *following) stats(door any) {
	if m, ok := door.(interface{ MediaStats() call.MediaStats }); ok {
		f.media = m.MediaStats()
	}
}

// settleTime bounds how long a journal's end waits for what the voice side still
// has to write.
const settleTime = 2 * time.Second

// saveTime bounds how long a call's end waits for the store.
const saveTime = 10 * time.Second

// keep ends the recording and stores the record, or puts it aside.
func (f *following) keep() {
	events := f.journal.Events()
	r := Build(f.info, events)
	r.Media = f.media
	r.Recording = f.endRecording(events)
	for _, tell := range f.keeper.tell {
		tell(r, events)
	}
	ctx, cancel := context.WithTimeout(context.Background(), saveTime)
	defer cancel()
	if err := f.keeper.store.SaveCall(ctx, r, events); err != nil {
		f.keeper.log.Error("the record is kept aside until the store takes it", "call", r.ID, "err", err)
		if !f.keeper.spool.put(r, events) {
			return // until it is written, the note is all there is
		}
	}
	if r.Recording.File != "" { // else there is no note
		f.keeper.live.end(r.ID)
	}
}

func (f *following) endRecording(events []call.Event) call.Recording {
	f.mu.Lock()
	defer f.mu.Unlock()
	rec := call.Recording{File: f.file, Problem: f.problem}
	if f.recorder == nil {
		return rec
	}
	f.stream.Record(nil)
	rec.Rate = f.recorder.Rate()
	samples, err := f.recorder.Close()
	rec.Samples = samples
	if err != nil {
		rec.Problem = problemOf(err)
		f.keeper.log.Error("the recording is not whole", "call", f.info.ID, "err", err)
	}
	for _, e := range events {
		if e.Kind == call.KindAudio {
			rec.Offset = max(0, (e.At-f.from)*int64(rec.Rate)/1000)
		}
	}
	return rec
}

// tapped is a call whose stream is recorded and whose progress is journalled.
type tapped struct {
	call.Call
	following *following
	once      sync.Once // the call was answered
}

// Unwrap returns the call itself: who asks for more than a call.Call has finds
// it there.
func (t *tapped) Unwrap() call.Call { return t.Call }

func (t *tapped) Stream() media.Stream {
	// A nil interface must stay one.
	if s := t.Call.Stream(); s != nil {
		return t.following.tap(s)
	}
	return nil
}

func (t *tapped) Ring() error {
	err := t.Call.Ring()
	if err == nil {
		t.following.journal.Log(call.KindRinging, "", nil)
	}
	return err
}

func (t *tapped) Answer() error {
	err := t.Call.Answer()
	if err == nil {
		// Every program answers; the first one has.
		t.once.Do(func() { t.following.journal.Log(call.KindAnswered, "", nil) })
	}
	return err
}
