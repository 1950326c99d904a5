package sip

import (
	"context"
	"errors"
	"flag"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/call"
	"parley/media/rtp"
	"parley/sip/overload"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.fuzz"); f == nil || f.Value.String() == "" {
		_ = flag.Set("test.parallel", "64") // they wait for SIP's timers, not for a processor
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come. It never passes when
// all is well.
const patience = 10 * time.Second

// quick are timers that make 64*T1 last 3.2 s.
var quick = Timers{T1: 50 * time.Millisecond, T2: 200 * time.Millisecond, T4: 250 * time.Millisecond}

func testConfig() Config {
	cfg := Defaults()
	cfg.Listen = []Listener{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0"}}
	cfg.Timers = quick
	cfg.Overload = overload.Config{} // the machine may be busy with other tests
	cfg.RingTimeout = 5 * time.Second
	return cfg
}

// start runs a server for the test. When the test ends, everything must be
// gone without help: dialogs first, then transactions.
func start(t *testing.T, cfg Config, h call.Handler, tune ...func(*Server)) *Server {
	t.Helper()
	return startWith(t, cfg, h, portsAt(t, "127.0.0.1"), tune...)
}

func portsAt(t *testing.T, addr string) Ports {
	t.Helper()
	pool, err := rtp.NewPool(netip.MustParseAddr(addr), 20000, 29998)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

func startWith(t *testing.T, cfg Config, h call.Handler, ports Ports, tune ...func(*Server)) *Server {
	t.Helper()
	t.Parallel()
	return launch(t, cfg, h, ports, tune...)
}

// another is a second server, for calls between the two.
func another(t *testing.T) *Server {
	t.Helper()
	return launch(t, testConfig(), answering, portsAt(t, "127.0.0.1"))
}

func launch(t *testing.T, cfg Config, h call.Handler, ports Ports, tune ...func(*Server)) *Server {
	t.Helper()
	s, err := New(cfg, Deps{Ports: ports, Handler: h, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tune {
		f(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		if err := s.Drain(ctx); err != nil {
			t.Errorf("calls are left: %v", err)
		}
		eventually(t, "no transactions", func() bool { return s.Stats().Transactions == 0 })
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if n := s.Stats().Panics; n != 0 && !t.Failed() && !strings.Contains(t.Name(), "Panic") {
			t.Errorf("%d panics", n)
		}
	})
	return s
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func (s *Server) addr(network string) netip.AddrPort {
	for _, a := range s.Addrs() {
		if a.Network == network {
			return a.AddrPort
		}
	}
	panic("no " + network)
}

// answering is a Handler that answers and waits for the end.
func answering(ctx context.Context, c call.Call) error {
	if err := c.Answer(); err != nil {
		return err
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// reporting sends each call it gets to the channel, answers, and waits.
func reporting() (call.Handler, <-chan call.Call) {
	calls := make(chan call.Call, 16)
	return func(ctx context.Context, c call.Call) error {
		calls <- c
		return answering(ctx, c)
	}, calls
}

func next(t *testing.T, calls <-chan call.Call) call.Call {
	t.Helper()
	select {
	case c := <-calls:
		return c
	case <-time.After(patience):
		t.Fatal("no call came")
		return nil
	}
}

// ending waits for c's end and returns it.
func ending(t *testing.T, c call.Call) *call.Ended {
	t.Helper()
	select {
	case <-c.Context().Done():
	case <-time.After(patience):
		t.Fatalf("the call goes on, in state %v", c.State())
	}
	var e *call.Ended
	if !errors.As(context.Cause(c.Context()), &e) {
		t.Fatalf("the call's context ended with %v", context.Cause(c.Context()))
	}
	return e
}
