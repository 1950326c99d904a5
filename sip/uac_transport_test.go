package sip

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"parley/call"
)

// An INVITE that does not fit a datagram goes by TCP (§18.1.1).
func TestBigRequestGoesByTCP(t *testing.T) {
	handler, calls := reporting()
	far := start(t, sameports(t), handler)
	near, err := New(testConfig(), Deps{Ports: far.deps.Ports, Handler: answering, Version: "near"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- near.Run(t.Context()) }()
	c, err := near.Originate(t.Context(), call.Target{
		URI: "sip:bob@" + far.addr("udp").String(), Headers: map[string]string{"X-Big": strings.Repeat("x", 1300)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	in := next(t, calls)
	if d := in.(*sipCall).current; d.st.network != "tcp" {
		t.Errorf("came by %s", d.st.network)
	}
	c.Hangup(call.System, call.Normal)
	ending(t, in)
	if err := near.Close(); err != nil {
		t.Error(err)
	}
	<-done
}

// sameports is a config with UDP and TCP on one port.
func sameports(t *testing.T) Config {
	t.Helper()
	for range 20 {
		// Below the ports that the kernel hands out to everybody else.
		l := Listener{Network: "tcp", Address: fmt.Sprintf("127.0.0.1:%d", 15000+rand.IntN(5000))}
		tcp, err := l.open(slog.Default())
		if err != nil {
			continue
		}
		address := tcp.local.String()
		udp, err := Listener{Network: "udp", Address: address}.open(slog.Default())
		tcp.close()
		if err != nil {
			continue
		}
		udp.close()
		cfg := testConfig()
		cfg.Listen = []Listener{{Network: "udp", Address: address}, {Network: "tcp", Address: address}}
		return cfg
	}
	t.Fatal("no port is free on both")
	return Config{}
}
