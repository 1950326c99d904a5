// Package test tries the SIP door of one server against sipp, with the
// scenarios of testdata/sip.
package test

import (
	"context"
	"flag"
	"net/netip"
	"os"
	"testing"
	"time"

	"parley/call"
	"parley/call/bridge"
	"parley/media"
	"parley/media/rtp"
	"parley/sip"
	"parley/test/harness"
)

// patience bounds whatever must come.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // they wait for timers, not for a processor
	os.Exit(m.Run())
}

// house is an in-process server; what it does with a call is for the called
// number to say.
type house struct {
	server *sip.Server
	wheel  *media.Wheel
	heard  chan call.MediaStats // of every call to 100 that is over
	calls  chan call.Call       // to the number "wait", when they are answered
}

func build(t *testing.T, tune ...func(*sip.Config)) *house {
	t.Helper()
	t.Parallel()
	pool, err := rtp.NewPool(netip.MustParseAddr("127.0.0.1"), 30000, 32766)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{wheel: media.NewWheel(1), heard: make(chan call.MediaStats, 1000), calls: make(chan call.Call, 10)}
	cfg := sip.Defaults()
	cfg.Listen[0].Address, cfg.Listen[1].Address = "127.0.0.1:0", "127.0.0.1:0"
	// sipp's own timers are the RFC's; ours are a tenth, so that the run ends.
	cfg.Timers = sip.Timers{T1: 50 * time.Millisecond, T2: 400 * time.Millisecond, T4: 500 * time.Millisecond}
	cfg.RTPTimeout = 0 // sipp is mute
	for _, f := range tune {
		f(&cfg)
	}
	if h.server, err = sip.New(cfg, sip.Deps{Ports: pool, Handler: h.serve, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.server.Run(ctx) }()
	t.Cleanup(func() {
		drain, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		if err := h.server.Drain(drain); err != nil {
			t.Error(err)
		}
		for end := time.Now().Add(patience); h.server.Stats().Transactions > 0 && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		if st := h.server.Stats(); st.Transactions+st.Dialogs > 0 || st.Panics+st.Malformed > 0 {
			t.Errorf("left over: %+v", st)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		h.wheel.Close()
	})
	return h
}

// serve is the house's program.
func (h *house) serve(ctx context.Context, c call.Call) error {
	switch c.Info().Called {
	case "180": // rings for ever
		if err := c.Ring(); err != nil {
			return err
		}
	case "183": // speaks before it answers
		if err := c.EarlyMedia(); err != nil {
			return err
		}
		if err := c.Answer(); err != nil {
			return err
		}
	case "digit": // speaks, and answers when a digit has been keyed
		if err := c.EarlyMedia(); err != nil {
			return err
		}
		if err := keyed(ctx, c); err != nil {
			return err
		}
		if err := c.Answer(); err != nil {
			return err
		}
	case "hold": // puts the caller on hold
		if err := c.Answer(); err != nil {
			return err
		}
		if err := c.(call.Holder).Hold(ctx, true); err != nil {
			return err
		}
	case "bye": // answers and hangs up
		return c.Answer()
	case "wait": // answers, and leaves the rest to the test
		if err := c.Answer(); err != nil {
			return err
		}
		h.calls <- c
	case "circle": // calls itself
		return bridge.To(bridge.Config{Originator: h.server, Clock: h.wheel, Target: func(context.Context, call.Info) (call.Target, error) {
			return call.Target{URI: "sip:circle@" + h.port("udp")}, nil
		}})(ctx, c)
	default:
		return h.echo(ctx, c)
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// keyed waits until a digit has come.
func keyed(ctx context.Context, c call.Call) error {
	look := time.NewTicker(media.FrameTime)
	defer look.Stop()
	for {
		if _, ok := c.Stream().ReadDigit(); ok {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (h *house) echo(ctx context.Context, c call.Call) error {
	if err := c.Ring(); err != nil {
		return err
	}
	if err := c.Answer(); err != nil {
		return err
	}
	h.wheel.Add(&echo{stream: c.Stream()})
	<-ctx.Done()
	h.heard <- c.(interface{ MediaStats() call.MediaStats }).MediaStats()
	return nil
}

// echo says what it hears.
type echo struct {
	stream media.Stream
	pcm    [160]int16
}

func (e *echo) Tick(time.Duration) bool {
	mark := e.stream.ReadFrame(e.pcm[:])
	e.stream.WriteFrame(e.pcm[:])
	return mark != media.End
}

func (h *house) port(network string) string {
	for _, a := range h.server.Addrs() {
		if a.Network == network {
			return a.String()
		}
	}
	return ""
}

// sipp runs a scenario that calls number.
func (h *house) sipp(t *testing.T, network, scenario, number string, args ...string) (dir string) {
	t.Helper()
	return harness.Sipp{Scenario: scenario, Network: network, To: h.port(network), Number: number, Args: args}.Run(t)
}
