package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"parley/audiosocket"
	"parley/call"
	"parley/media"
	"parley/media/rtp"
	"parley/records"
	"parley/records/traces"
	"parley/sip"
	"parley/store"
	"parley/web"
)

// parley is the whole program: its parts in the order in which they depend on
// each other.
type parley struct {
	// cfg is what counts for the next call; each keeps what it began with.
	cfg       atomic.Pointer[loaded]
	reloading sync.Mutex
	log       *slog.Logger

	clock   *media.Wheel
	scribe  *media.Scribe
	store   *store.SQLite
	book    *call.Book
	keeper  *records.Keeper
	traces  *traces.Sender // nil: nobody wants them
	ports   *rtp.Pool
	speech  *speechParts
	voice   *audiosocket.Server // the voice side
	sip     *sip.Server
	web     *web.Server
	metrics *prometheus.Registry

	httpAddr, audioAddr string
	running             sync.WaitGroup
	stop                context.CancelFunc
	failed              chan error
	closers             []func()
}

// newParley makes every part. What fails is named; what was made is closed.
func newParley(ctx context.Context, l *loaded, log *slog.Logger) (*parley, error) {
	p := &parley{log: log, failed: make(chan error, 4)}
	p.cfg.Store(l)
	if err := p.make(ctx); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *parley) make(ctx context.Context) (err error) {
	l, log := p.config(), p.log
	if err := os.MkdirAll(l.Data, 0o750); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	p.clock = media.NewWheel(0)
	p.later(p.clock.Close)
	p.scribe = media.NewScribe()
	p.later(p.scribe.Close)
	if p.store, err = store.OpenSQLite(ctx, filepath.Join(l.Data, "parley.db")); err != nil {
		return err
	}
	p.later(func() { p.store.Close() })
	p.book = call.NewBook(l.Records.MaxCalls)
	if p.keeper, err = records.New(l.Records, l.Data, p.book, p.scribe, p.store, log); err != nil {
		return err
	}
	if l.Traces.On() {
		if p.traces, err = traces.New(l.Traces, version, log); err != nil {
			return err
		}
		p.later(p.traces.Close)
		p.keeper.Tell(p.traces.Ended)
	}
	if p.speech, err = newSpeech(l.Speech, log); err != nil {
		return err
	}
	p.later(p.speech.close)
	if p.voice, err = audiosocket.NewServer(l.AudioSocket, p.clock, p.keeper.HandleSession(p.serveSession)); err != nil {
		return err
	}
	if p.ports, err = l.RTP.Pool(); err != nil {
		return err
	}
	if p.sip, err = sip.New(l.SIP, sip.Deps{Ports: p.ports, Handler: p.keeper.Handle(p.serveCall), Log: log, Version: version}); err != nil {
		return err
	}
	p.metrics = newMetrics(p)
	token := l.HTTP.Token
	if token == "" {
		if token, err = web.MakeToken(l.Data); err != nil {
			return err
		}
	}
	p.web = web.New(l.HTTP, web.Deps{
		Version: version, Token: token, DataDir: l.Data, Records: p.store, Book: p.book, Sessions: p.voice, Telephony: p.sip,
		Ready: p.ready, Programs: func(name string) bool { return p.config().program(name) },
		Reload:  p.reload,
		Metrics: p.metrics, Log: log,
	})
	return nil
}

// config is the configuration as it is now.
func (p *parley) config() *loaded { return p.cfg.Load() }

func (p *parley) later(f func()) { p.closers = append(p.closers, f) }

// start opens the listeners, the voice side before the doors that need it.
func (p *parley) start(ctx context.Context) error {
	ctx, p.stop = context.WithCancel(ctx)
	audio, err := p.voice.Listen()
	if err != nil {
		return err
	}
	p.audioAddr = audio.Addr().String()
	http, err := net.Listen("tcp", p.config().HTTP.Listen)
	if err != nil {
		return fmt.Errorf("listen for HTTP: %w", err)
	}
	p.httpAddr = http.Addr().String()
	p.run(func() error { return p.voice.Serve(audio) })
	p.run(func() error { p.keeper.Run(ctx); return nil })
	p.run(func() error { return p.web.Serve(ctx, http) })
	p.run(func() error { return p.sip.Run(ctx) })
	return nil
}

// run runs one part; if it fails, the program ends.
func (p *parley) run(f func() error) {
	p.running.Go(func() {
		if err := f(); err != nil {
			select {
			case p.failed <- err:
			default:
			}
		}
	})
}

// ready says why a call would be refused just now, nil if it would not.
func (p *parley) ready() error {
	if err := p.book.Ready(); err != nil {
		return err
	}
	if n := p.config().SIP.Limits.MaxCalls; p.sip.Stats().Dialogs >= n {
		return fmt.Errorf("sip.limits.max_calls is reached: %d calls", n)
	}
	if err := p.voice.Ready(); err != nil {
		return fmt.Errorf("audiosocket.max_sessions: %w", err)
	}
	if err := p.sip.Ready(); err != nil {
		return err
	}
	if err := p.ports.Ready(); err != nil {
		return fmt.Errorf("rtp.min_port to rtp.max_port: %w", err)
	}
	return nil
}

// tellEvery is how often a drain names who still talks.
const tellEvery = 5 * time.Second

// drain refuses new calls at every door, tells peers who ask so, and waits for
// the calls that are going on, until ctx ends.
func (p *parley) drain(ctx context.Context) {
	p.voice.Decline()
	p.running.Go(func() {
		_ = p.sip.Drain(ctx) // those who are left are named below
	})
	p.book.Drain(ctx, tellEvery, func(left []*call.Entry) {
		for _, e := range left {
			p.log.Info("still talking", "call", e.Info.ID, "caller", e.Info.Caller, "called", e.Info.Called,
				"for", time.Since(e.Info.Start).Round(time.Second))
		}
	})
}

// close ends every part, the last made first.
func (p *parley) close() {
	if p.sip != nil {
		p.sip.Close() // its calls end while everything they need is there
	}
	if p.voice != nil {
		p.voice.Close()
	}
	if p.stop != nil {
		p.stop()
		p.running.Wait()
	}
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.closers[i]()
	}
}
