package sip

import (
	"context"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"parley/call"
	"parley/media/rtp"
)

// BenchmarkCall sets up and releases a call between two servers of this
// process over UDP: INVITE, 100, 180, 200, ACK, BYE, 200, seven messages
// written and seven read on both sides together, with their RTP sockets.
// cpu-µs/call is the whole process, both ends.
func BenchmarkCall(b *testing.B) {
	pool, err := rtp.NewPool(netip.MustParseAddr("127.0.0.1"), 2000, 65000)
	if err != nil {
		b.Fatal(err)
	}
	serve := func(h call.Handler) (*Server, func()) {
		cfg := testConfig()
		s, err := New(cfg, Deps{Ports: pool, Handler: h})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		return s, func() { cancel(); <-done }
	}
	far, stopFar := serve(func(ctx context.Context, c call.Call) error {
		if err := c.Ring(); err != nil {
			return err
		}
		return answering(ctx, c)
	})
	defer stopFar()
	near, stopNear := serve(answering)
	defer stopNear()
	target := call.Target{URI: "sip:100@" + far.addr("udp").String(), Caller: "1"}
	before := cpuTime()
	for b.Loop() {
		c, err := near.Originate(b.Context(), target)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Await(b.Context(), call.Answered); err != nil {
			b.Fatal(err)
		}
		c.Hangup(call.System, call.Normal)
		<-c.Context().Done()
	}
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/call")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
