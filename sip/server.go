package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/guard"
	"parley/sip/hep"
	"parley/sip/locate"
	"parley/sip/trunk"
)

// Deps is what a Server needs of the rest of the house.
type Deps struct {
	// Ports opens the media of each call.
	Ports Ports
	// Handler runs each incoming call.
	Handler call.Handler
	Log     *slog.Logger
	// Version goes into Server and User-Agent: "Parley/<version>".
	Version string
}

// Server is the telephone door. It implements call.Originator.
type Server struct {
	deps  Deps
	log   *slog.Logger
	cfg   atomic.Pointer[Config]
	tags  tagger
	acl   *acl
	calls table

	outposts outposts
	phones   phones
	demands  demands
	rejected atomic.Uint64 // credentials

	locator  atomic.Pointer[locate.Locator]
	vouching atomic.Pointer[vouching]
	guard    *guard.Guard
	load     load
	screen   *screen
	tap      *hep.Sender // nil: nobody wants copies
	dialing  dialing
	// passedOver are INVITEs whose hop was given up.
	passedOver passedOver
	hairpins   hairpins
	// dialedTCP and dialedTLS get the connections that we have opened.
	dialedTCP, dialedTLS *handover
	endpoints            []*endpoint
	transport            *sipmsg.TransportLayer
	transactions         *sipmsg.TransactionLayer

	readers  sync.WaitGroup // one per listener
	actors   group          // one per call, one per handler
	tails    group          // what waits for the network
	absorber absorber
	txs      atomic.Int64
	strays   atomic.Uint64
	panics   atomic.Uint64
	draining atomic.Bool

	ready  chan struct{}   // closed when the listeners are read from
	ctx    context.Context // ends when the server closes
	cancel context.CancelFunc
	once   sync.Once
}

// New opens the listeners of cfg. Nothing is read from them before Run.
func New(cfg Config, deps Deps) (*Server, error) {
	if err := check(cfg); err != nil {
		return nil, err
	}
	if deps.Ports == nil || deps.Handler == nil {
		return nil, errors.New("sip: Deps needs Ports and Handler")
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{deps: deps, log: deps.Log, tags: newTagger(), screen: new(screen), ready: make(chan struct{})}
	var err error
	if s.phones, err = newPhones(cfg.Registrar); err != nil {
		return nil, err
	}
	s.guard = guard.New(cfg.Guard, s.log)
	s.load.init()
	s.acl = newACL(&s.phones, s.tellOfStrangers)
	if err := s.adopt(&cfg); err != nil {
		return nil, err
	}
	s.calls.init()
	s.absorber.init()
	s.dialing.busy = make(map[string]chan struct{})
	s.dialedTCP, s.dialedTLS = newHandover(&net.TCPAddr{}), newHandover(&net.TCPAddr{})
	s.tap = newTap(cfg.HEP, s.log)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	context.AfterFunc(s.ctx, func() {
		for _, d := range s.calls.all() {
			d.call.stop()
		}
	})
	for _, l := range cfg.Listen {
		e, err := l.open(s.log)
		if err != nil {
			s.closeEndpoints()
			s.cancel()
			return nil, err
		}
		s.endpoints = append(s.endpoints, e)
	}
	s.startStack()
	return s, nil
}

// check turns the problems of cfg into one error.
func check(cfg Config) error {
	var problems []error
	cfg.Validate(func(key, problem, remedy string) {
		problems = append(problems, fmt.Errorf("sip: %s %s: %s", key, problem, remedy))
	})
	return errors.Join(problems...)
}

// Run serves until ctx ends, then closes the server.
func (s *Server) Run(ctx context.Context) error {
	for _, e := range s.endpoints {
		switch e.network {
		case "udp":
			s.serveUDP(e, maxSources, handOver)
		case "tcp":
			s.serveTCP(e)
		case "tls":
			s.serveTLS(e)
		default:
			s.serveWS(e)
		}
	}
	s.serveDialed()
	if s.tap != nil {
		s.readers.Go(func() { s.tap.Run(s.ctx) })
	}
	close(s.ready)
	s.keepOutposts(s.Trunks())
	s.readers.Go(s.tendPhones)
	s.readers.Go(func() { s.watchLoad(s.ctx) })
	select {
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return s.Close()
}

// goodbye is how long Close waits for peers to confirm that calls are over.
const goodbye = 5 * time.Second

// Close hangs up every call, waits a moment for the peers to confirm it, and
// closes the listeners. It returns when every Handler has.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		s.draining.Store(true)
		s.calls.close()
		for _, d := range s.calls.all() {
			d.call.Hangup(call.System, call.Draining)
		}
		s.closeOutposts()
		s.actors.close()
		s.actors.wait(goodbye)
		s.cancel() // the rest goes without the peers' blessing
		s.actors.wait(forever)
		s.vouching.Load().verifier.Close()
		s.tails.close()
		s.transactions.Close()
		s.tails.wait(forever)
		s.closeEndpoints()
		err = s.transport.Close()
		s.readers.Wait()
		s.absorber.sweep(time.Now().Add(time.Hour))
	})
	return err
}

func (s *Server) closeEndpoints() {
	for _, e := range s.endpoints {
		e.close()
	}
	s.dialedTCP.Close()
	s.dialedTLS.Close()
}

// Drain refuses new calls from now on and waits until the last one is over or
// ctx ends.
func (s *Server) Drain(ctx context.Context) error {
	s.draining.Store(true)
	for {
		left, changed := s.calls.watch()
		if left == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("sip: %d calls still up: %w", left, ctx.Err())
		}
	}
}

// Reload makes cfg count for every later call; those that are up keep what
// they began with. Listeners and timers cannot change while they are in use.
func (s *Server) Reload(cfg Config) error {
	if err := check(cfg); err != nil {
		return err
	}
	old := s.config()
	if fmt.Sprint(old.Listen) != fmt.Sprint(cfg.Listen) || old.Timers != cfg.Timers || old.HEP != cfg.HEP {
		return errors.New("sip: listeners, timers and hep change at the next start only")
	}
	if err := s.adopt(&cfg); err != nil {
		return err
	}
	select {
	case <-s.ready:
		s.keepOutposts(s.Trunks())
	default: // Run does
	}
	return nil
}

// adopt makes cfg and its trunks count from now on.
func (s *Server) adopt(cfg *Config) error {
	set, err := trunk.New(cfg.TrunkSettings(), s.Trunks())
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	if old := s.config(); old == nil || !reflect.DeepEqual(old.DNS, cfg.DNS) {
		locator, err := locate.New(cfg.DNS)
		if err != nil {
			return fmt.Errorf("sip: %w", err)
		}
		s.locator.Store(locator)
	}
	before := s.vouching.Load()
	v, err := newVouching(cfg, before)
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	s.vouching.Store(v)
	if before != nil {
		before.verifier.Close()
	}
	s.cfg.Store(cfg)
	s.acl.trunks.Store(set)
	s.guard.Reload(cfg.Guard)
	s.acl.open.Store(cfg.Unknown == RejectUnknown) // strangers are told so, with a 403
	s.acl.registrar.Store(cfg.Registrar.Enabled())
	s.phones.location.Reload(cfg.Registrar)
	return nil
}

// Trunks returns the trunks that count now.
func (s *Server) Trunks() *trunk.Set { return s.acl.trunks.Load() }

// Addr is where a listener can be reached.
type Addr struct {
	Network string // "udp" or "tcp"
	netip.AddrPort
}

// Addrs returns the listeners' own addresses, in the order of the config.
func (s *Server) Addrs() []Addr {
	var addrs []Addr
	for _, e := range s.endpoints {
		addrs = append(addrs, Addr{e.network, e.local})
	}
	return addrs
}

func (s *Server) config() *Config { return s.cfg.Load() }

// setupTimeout bounds name look-ups and TCP connects.
const setupTimeout = 5 * time.Second

func (s *Server) timeout() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, setupTimeout)
}

func (s *Server) agent() string { return "Parley/" + s.deps.Version }
