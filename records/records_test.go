package records

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/call"
	"parley/media"
)

// memory is a store that can be made to fail.
type memory struct {
	mu    sync.Mutex
	gone  bool
	calls map[call.ID]call.Record
}

func (m *memory) SaveCall(_ context.Context, r call.Record, _ []call.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return errors.New("database is locked")
	}
	if m.calls == nil {
		m.calls = map[call.ID]call.Record{}
	}
	m.calls[r.ID] = r
	return nil
}

func (m *memory) Call(_ context.Context, id call.ID) (call.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return call.Record{}, errors.New("database is locked")
	}
	r, ok := m.calls[id]
	if !ok {
		return r, ErrNotFound
	}
	return r, nil
}

// fakeCall is a call without a wire.
type fakeCall struct {
	info   call.Info
	ctx    context.Context
	cancel context.CancelCauseFunc
	stream media.Stream
}

func newCall(t *testing.T) *fakeCall {
	ctx, cancel := context.WithCancelCause(t.Context())
	return &fakeCall{
		info: call.Info{ID: call.NewID(), Door: "sip", Caller: "100", Called: "shop", Start: time.Now()},
		ctx:  ctx, cancel: cancel, stream: tone{},
	}
}

func (c *fakeCall) Info() call.Info                         { return c.info }
func (c *fakeCall) Context() context.Context                { return c.ctx }
func (c *fakeCall) State() call.State                       { return call.Answered }
func (c *fakeCall) Await(context.Context, call.State) error { return nil }
func (c *fakeCall) Ring() error                             { return nil }
func (c *fakeCall) EarlyMedia() error                       { return nil }
func (c *fakeCall) Answer() error                           { return nil }
func (c *fakeCall) Stream() media.Stream                    { return c.stream }
func (c *fakeCall) MediaStats() call.MediaStats             { return call.MediaStats{Codec: "PCMU"} }
func (c *fakeCall) Hangup(by call.Party, cause call.Cause) {
	c.cancel(&call.Ended{By: by, Cause: cause})
}

// tone is a stream whose party is loud; what is written is kept nowhere.
type tone struct{}

func (tone) Rate() int { return 8000 }
func (tone) ReadFrame(pcm []int16) media.Mark {
	for i := range pcm {
		pcm[i] = 8000
	}
	return media.Heard
}
func (tone) WriteFrame([]int16)                  {}
func (tone) ReadDigit() (d media.Digit, ok bool) { return d, false }
func (tone) WriteDigit(media.Digit) bool         { return false }

func newKeeper(t *testing.T, store Store) (*Keeper, *call.Book, string) {
	t.Helper()
	dir := t.TempDir()
	book := call.NewBook(1)
	scribe := media.NewScribe()
	t.Cleanup(scribe.Close)
	k, err := New(Defaults(), dir, book, scribe, store, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return k, book, dir
}

// serve answers, carries 50 frames and returns err.
func serve(err error) call.Handler {
	return func(ctx context.Context, c call.Call) error {
		if err := c.Ring(); err != nil {
			return err
		}
		if err := c.Answer(); err != nil {
			return err
		}
		j := call.JournalFrom(ctx)
		j.Log(call.KindProgram, "shop", nil)
		j.Log(call.KindTag, "order", map[string]any{"value": "1234"})
		s := c.Stream()
		pcm, us := make([]int16, 160), make([]int16, 160)
		for i := range us {
			us[i] = -4000
		}
		for range 50 {
			s.ReadFrame(pcm)
			s.WriteFrame(us)
		}
		return err
	}
}

func TestACallIsRecordedAndKept(t *testing.T) {
	store := &memory{}
	k, book, dir := newKeeper(t, store)
	c := newCall(t)
	if err := k.Handle(serve(nil))(c.ctx, c); err != nil {
		t.Fatal(err)
	}
	r := store.calls[c.info.ID]
	if r.Program != "shop" || r.Tags["order"] != "1234" || r.Cause != "normal" || r.HangupBy != "system" ||
		r.Answered.IsZero() || r.End.IsZero() || r.Media.Codec != "PCMU" {
		t.Errorf("record %+v", r)
	}
	ch, rate, err := media.ReadWAV(filepath.Join(dir, r.Recording.File))
	if err != nil || rate != 8000 || len(ch) != 2 || len(ch[0]) != 8000 || ch[0][4000] != 8000 || ch[1][4000] != -4000 {
		t.Errorf("recording %+v: %v, %d channels", r.Recording, err, len(ch))
	}
	if book.Len() != 0 {
		t.Error("the call is still in the Book")
	}
}

func TestAStoreThatIsGoneLosesNothing(t *testing.T) {
	store := &memory{gone: true}
	k, _, dir := newKeeper(t, store)
	c := newCall(t)
	if err := k.Handle(serve(nil))(c.ctx, c); err != nil {
		t.Fatal("the store's trouble reached the call:", err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "spool", "*.json")); len(files) != 1 {
		t.Fatalf("kept aside: %v", files)
	}
	if err := os.WriteFile(filepath.Join(dir, "spool", "0.json"), []byte("half a rec"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.spool.flush(t.Context())
	store.gone = false
	k.spool.flush(t.Context())
	if r := store.calls[c.info.ID]; r.Program != "shop" {
		t.Errorf("record %+v", r)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "spool", "*"))
	if len(left) != 1 || !strings.HasSuffix(left[0], ".unreadable") {
		t.Errorf("left %v, want the unreadable file only", left)
	}
}

func TestWhoEndedTheCall(t *testing.T) {
	for _, c := range []struct {
		name      string
		end       func(*fakeCall)
		err       error
		by, cause string
	}{
		{"caller", func(c *fakeCall) { c.Hangup(call.Customer, call.Normal) }, nil, "customer", "normal"},
		{"fault", func(*fakeCall) {}, errors.New("boom"), "system", "failed"},
		{"busy", func(*fakeCall) {}, call.WithCause(call.Busy, errors.New("busy")), "system", "busy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := &memory{}
			k, _, _ := newKeeper(t, store)
			f := newCall(t)
			_ = k.Handle(func(context.Context, call.Call) error { c.end(f); return c.err })(f.ctx, f)
			if r := store.calls[f.info.ID]; r.HangupBy != c.by || r.Cause != c.cause {
				t.Errorf("ended by %s: %s, want %s: %s", r.HangupBy, r.Cause, c.by, c.cause)
			}
		})
	}
}

func TestAFullBookRefuses(t *testing.T) {
	k, book, _ := newKeeper(t, &memory{})
	leave, _ := book.Open(&call.Entry{Info: call.Info{ID: "1"}})
	defer leave()
	c := newCall(t)
	err := k.Handle(func(context.Context, call.Call) error { t.Error("served"); return nil })(c.ctx, c)
	if call.CauseOf(err) != call.Overloaded {
		t.Errorf("err %v", err)
	}
}

func TestARecordingThatCannotBeMadeIsInTheRecord(t *testing.T) {
	store := &memory{}
	k, _, dir := newKeeper(t, store)
	if err := os.RemoveAll(filepath.Join(dir, "recordings")); err != nil {
		t.Fatal(err)
	}
	c := newCall(t)
	if err := k.Handle(serve(nil))(c.ctx, c); err != nil {
		t.Fatal(err)
	}
	if r := store.calls[c.info.ID]; r.Recording.Problem == "" || r.Recording.File != "" {
		t.Errorf("recording %+v", r.Recording)
	}
}

// TestAFullDiskLeavesNoEmptyFile: what cannot be begun has no file, and the
// record says why without naming one.
func TestAFullDiskLeavesNoEmptyFile(t *testing.T) {
	store := &memory{}
	k, _, dir := newKeeper(t, store)
	c := newCall(t)
	file := filepath.Join(dir, "recordings", c.info.Start.UTC().Format("20060102T150405Z")+"-"+string(c.info.ID)+".wav")
	if err := os.Symlink("/dev/full", file); err != nil {
		t.Fatal(err)
	}
	if err := k.Handle(serve(nil))(c.ctx, c); err != nil {
		t.Fatal(err)
	}
	if r := store.calls[c.info.ID]; r.Recording.Problem != "write: no space left on device" || r.Recording.File != "" {
		t.Errorf("recording %+v", r.Recording)
	}
	if _, err := os.Lstat(file); err == nil {
		t.Error("the file is still there")
	}
}

func TestQuantiles(t *testing.T) {
	if q := quantiles([]int64{5, 1, 4, 2, 3, 6, 7, 8, 9, 10}); q != (call.Quantiles{Count: 10, Min: 1, Median: 5, P90: 9}) {
		t.Errorf("%+v", q)
	}
	if q := quantiles([]int64{7}); q.Median != 7 || q.P90 != 7 {
		t.Errorf("%+v", q)
	}
}
