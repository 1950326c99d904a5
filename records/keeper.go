package records

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/call"
	"parley/media"
)

// ErrNotFound says that there is no record of that call.
var ErrNotFound = errors.New("no such call")

// Store keeps records. Saving the same call again replaces it.
type Store interface {
	SaveCall(ctx context.Context, r call.Record, events []call.Event) error
	// Call returns a record. Error: ErrNotFound.
	Call(ctx context.Context, id call.ID) (call.Record, error)
}

// Config says what is kept.
type Config struct {
	// Recording of the audio of calls that a flow or agent serves.
	Recording bool `yaml:"recording"`
	// MaxCalls that are alive at once; 0: no limit.
	MaxCalls int `yaml:"max_calls"`
}

// Defaults records everything.
func Defaults() Config { return Config{Recording: true, MaxCalls: 500} }

// Validate reports values that make no sense.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.MaxCalls < 0 {
		report("max_calls", "is negative", "use 0 for no limit, or how many calls may be alive at once")
	}
}

// Keeper follows every call from its first message to its record.
type Keeper struct {
	cfg    Config
	dir    string // recordings and spool are below it
	book   *call.Book
	scribe *media.Scribe
	store  Store
	log    *slog.Logger
	spool  *spool
	live   *live
	tell   []func(call.Record, []call.Event) // are told of every call that is over
	saving sync.WaitGroup                    // records of sessions
}

// New returns a Keeper that keeps files below dir, which it makes. Run must
// be running for records to reach a store that was gone for a while.
func New(cfg Config, dir string, book *call.Book, scribe *media.Scribe, store Store, log *slog.Logger) (*Keeper, error) {
	for _, d := range []string{"recordings", "spool", "live"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o750); err != nil {
			return nil, fmt.Errorf("make the folder for %s: %w", d, err)
		}
	}
	s := &spool{dir: filepath.Join(dir, "spool"), store: store, log: log}
	l := newLive(dir, s)
	s.kept = l.end
	return &Keeper{
		cfg: cfg, dir: dir, book: book, scribe: scribe, store: store, log: log, spool: s, live: l,
	}, nil
}

// Tell makes to hear of every call that is over, with its record and journal.
// to must not wait nor change what it gets. Tell comes before the first call.
func (k *Keeper) Tell(to func(call.Record, []call.Event)) { k.tell = append(k.tell, to) }

// Run makes the records of calls that ended with the run before, and writes what
// was kept aside to the store as soon as it can, until ctx ends and every record is kept. No session may begin after that.
func (k *Keeper) Run(ctx context.Context) {
	k.live.settle(ctx)
	k.spool.run(ctx)
	k.saving.Wait()
	k.spool.end()
}

// Handle is the middleware that every call goes through: it enters the call
// in the Book, journals it, records its audio and stores its record.
func (k *Keeper) Handle(next call.Handler) call.Handler {
	return func(ctx context.Context, c call.Call) error {
		f, leave, err := k.enter(c)
		if err != nil {
			return err
		}
		defer leave()
		t := &tapped{Call: c, following: f}
		err = next(call.WithJournal(ctx, f.journal), t)
		if err != nil && ctx.Err() == nil {
			k.log.Warn("the call failed", "call", f.info.ID, "err", err)
			f.journal.Log("call.error", err.Error(), nil)
		}
		c.Hangup(call.System, call.CauseOf(err))
		<-c.Context().Done() // the door has timers: every call ends
		f.end(endOf(c.Context()))
		f.stats(c)
		f.keep()
		return err
	}
}

// enter begins to follow a call. What it needs for that does not stay on the
// stack for as long as the call lasts.
func (k *Keeper) enter(c call.Call) (f *following, leave func(), err error) {
	info := c.Info()
	f = k.follow(info)
	leave, err = k.book.Open(&call.Entry{Info: info, Journal: f.journal, Hangup: c.Hangup})
	return f, leave, err
}

// HandleSession does the same for a session whose call side is not ours: a
// foreign AudioSocket. The caller is let go when it returns, so that does not
// wait for the store; Run waits for what is still being kept.
func (k *Keeper) HandleSession(next call.SessionHandler) call.SessionHandler {
	return func(ctx context.Context, s *call.Session) (call.Outcome, error) {
		if s.Journal != nil {
			return next(ctx, s) // our own call side keeps it
		}
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		f := k.follow(s.Call)
		s.Journal = f.journal
		hangup := func(by call.Party, cause call.Cause) { cancel(&call.Ended{By: by, Cause: cause}) }
		leave, err := k.book.Open(&call.Entry{Info: s.Call, Journal: f.journal, Hangup: hangup})
		if err != nil {
			return call.Outcome{}, err
		}
		defer func() {
			f.end(&call.Ended{By: call.System, Cause: call.Failed}) // it says why already, unless next has panicked
			k.saving.Go(func() {
				defer leave()
				f.keep()
			})
		}()
		f.journal.Log(call.KindAnswered, "", nil)
		door := s.Stream
		s.Stream = f.tap(door)
		outcome, err := next(ctx, s)
		ended := endOf(ctx)
		if ended == nil && !errors.As(err, &ended) {
			ended = &call.Ended{By: call.System, Cause: call.CauseOf(err)}
		}
		f.end(ended)
		f.stats(door)
		return outcome, err
	}
}

// endOf returns why a call's context ended, nil if it did not.
func endOf(ctx context.Context) *call.Ended {
	if ctx.Err() == nil {
		return nil
	}
	var ended *call.Ended
	if errors.As(context.Cause(ctx), &ended) {
		return ended
	}
	return &call.Ended{By: call.Customer, Cause: call.Normal}
}

// at turns an event's offset into a time.
func at(info call.Info, e call.Event) time.Time {
	return info.Start.Add(time.Duration(e.At) * time.Millisecond)
}
