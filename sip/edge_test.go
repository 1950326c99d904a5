package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/media"
)

// ringing is a Handler that rings until the call is over.
func ringing(calls chan<- call.Call) call.Handler {
	return func(ctx context.Context, c call.Call) error {
		if err := c.Ring(); err != nil {
			return err
		}
		calls <- c
		<-ctx.Done()
		return nil
	}
}

func TestBYEBeforeTheAnswer(t *testing.T) {
	calls := make(chan call.Call, 1)
	s := start(t, testConfig(), ringing(calls))
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKb"})
	tag := toTag(p.response(180, "INVITE"))
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
	p.response(487, "INVITE")
	p.send(req{method: "ACK", seq: 1, branch: "z9hG4bKb", toTag: tag})
	if e := ending(t, next(t, calls)); e.By != call.Customer {
		t.Errorf("ended: %v", e)
	}
}

// A CANCEL that comes by another branch still finds its INVITE.
func TestCANCELByName(t *testing.T) {
	calls := make(chan call.Call, 1)
	s := start(t, testConfig(), ringing(calls))
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKone"})
	p.response(180, "INVITE")
	p.send(req{method: "CANCEL", seq: 1, branch: "z9hG4bKother"})
	gone := p.response(487, "INVITE")
	p.send(req{method: "ACK", seq: 1, branch: "z9hG4bKone", toTag: toTag(gone)})
	c := next(t, calls)
	if e := ending(t, c); e.Cause != call.Cancelled {
		t.Errorf("ended: %v", e)
	}
	for what, err := range map[string]error{"Ring": c.Ring(), "EarlyMedia": c.EarlyMedia(), "Answer": c.Answer(), "Await": c.Await(t.Context(), call.Answered)} {
		if e := (*call.Ended)(nil); !errors.As(err, &e) || e.Cause != call.Cancelled {
			t.Errorf("%s after the end: %v", what, err)
		}
	}
}

// BYE from the called side while our INVITE is still open.
func TestCalleeSaysBYEFirst(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	p.respond(invite, 180, "b1", p.contact(), "")
	if err := c.Await(t.Context(), call.Ringing); err != nil {
		t.Fatal(err)
	}
	p.hangUp(invite, "b1")
	p.respond(p.request("CANCEL"), 200, "b1", "", "")
	p.respond(invite, 487, "b1", "", "")
	if e := ending(t, c); e.By != call.Customer {
		t.Errorf("ended: %v", e)
	}
}

// A CANCEL that nobody ever concludes does not keep the call.
func TestCancelWithoutEnd(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	p.respond(invite, 180, "b1", p.contact(), "")
	if err := c.Await(t.Context(), call.Ringing); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.System, call.NoAnswer)
	p.request("CANCEL") // and silence; start's clean-up waits for the dialog
	ending(t, c)
}

// A fork that is answered after the call is over is released all the same.
func TestForkAfterTheEnd(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	c, invite := dialed(p, s)
	p.respond(invite, 200, "b1", p.contact(), sdpOf(4000))
	p.request("ACK")
	p.hangUp(invite, "b1")
	ending(t, c)
	eventually(t, "no dialog", func() bool { return s.Stats().Dialogs == 0 })
	p.respond(invite, 200, "b2", p.contact(), sdpOf(4002))
	if ack := p.request("ACK"); toTag(ack) != "b2" {
		t.Errorf("ACK:\n%s", ack)
	}
	p.respond(p.request("BYE"), 200, "b2", "", "")
}

func TestCallToAName(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	named := func(s string) string { return strings.Replace(s, "127.0.0.1", "localhost", 1) }
	c, invite := dialed(p, s, func(t *call.Target) { t.URI = named(t.URI) })
	p.respond(invite, 200, "b1", named(p.contact()), sdpOf(4000))
	p.request("ACK")
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.System, call.Normal)
	p.respond(p.request("BYE"), 200, "b1", "", "")

	nowhere, err := s.Originate(t.Context(), call.Target{URI: "sip:bob@no-such-host.invalid"})
	if err != nil {
		t.Fatal(err)
	}
	if e := ending(t, nowhere); e.Cause != call.Unavailable {
		t.Errorf("ended: %v", e)
	}
}

func TestNoPortsLeft(t *testing.T) {
	s := startWith(t, testConfig(), answering, noPorts{})
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	p.response(503, "INVITE")
	c, err := s.Originate(t.Context(), call.Target{URI: "sip:bob@" + p.addr()})
	if err != nil {
		t.Fatal(err)
	}
	if e := ending(t, c); e.Cause != call.Overloaded {
		t.Errorf("ended: %v", e)
	}
}

// A fault in a dialog ends that call, with a BYE, and nothing else.
func TestDialogPanic(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	tag := established(p)
	c := next(t, calls)
	p.send(req{method: "OPTIONS", seq: 2, toTag: tag})
	p.response(200, "OPTIONS")
	c.(*sipCall).post(func() { panic("oh") })
	p.respond(p.request("BYE"), 200, "ann", "", "")
	if e := ending(t, c); e.Cause != call.Failed {
		t.Errorf("ended: %v", e)
	}
}

// A fault while the last dialog is dropped costs nothing else: the call ends,
// and so does the server.
func TestDropPanic(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	established(p)
	c := next(t, calls).(*sipCall)
	c.post(func() {
		vacate := c.current.vacate
		c.current.vacate = func() { c.current.vacate = vacate; panic("oh") }
		c.over = true
	})
	if e := ending(t, c); e.Cause != call.Failed || s.Stats().Panics != 1 {
		t.Errorf("ended: %v, %d panics", e, s.Stats().Panics)
	}
}

// Silence on hold is not held against the party.
func TestSilenceOnHold(t *testing.T) {
	t.Parallel()
	l, err := (&Server{deps: Deps{Ports: portsAt(t, "127.0.0.1")}}).openLeg(media.Codecs, srtpOff, &endpoint{}, netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.rtp.Close()
	tick := func(n int) {
		pcm := make([]int16, 160)
		for range n {
			l.rtp.ReadFrame(pcm)
		}
	}
	bind := func(body string) {
		t.Helper()
		g, _, err := l.answer([]byte(body))
		if err == nil {
			err = l.bind(g)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	bind(sdpOf(4000))
	tick(50)
	if d := l.silent(); d != time.Second {
		t.Errorf("silent for %v", d)
	}
	bind(sdpOf(4000, "a=sendonly"))
	tick(50)
	if d := l.silent(); d != 0 {
		t.Errorf("on hold silent for %v", d)
	}
	bind(sdpOf(4000))
	tick(25)
	if d := l.silent(); d != 25*media.FrameTime {
		t.Errorf("after hold silent for %v", d)
	}
}

func TestAdvertisedAddresses(t *testing.T) {
	t.Parallel()
	remote := netip.MustParseAddr("127.0.0.9")
	for _, test := range []struct{ address, external, want string }{
		{"127.0.0.1:5070", "", "127.0.0.1:5070"},
		{"0.0.0.0:5070", "", "127.0.0.1:5070"},
		{"127.0.0.1:5070", "198.51.100.7", "198.51.100.7:5070"},
		{"127.0.0.1:5070", "198.51.100.7:15070", "198.51.100.7:15070"},
	} {
		l := Listener{Network: "udp", Address: test.address, External: test.external}
		external, err := l.external()
		if err != nil {
			t.Fatal(err)
		}
		e := &endpoint{network: "udp", local: netip.MustParseAddrPort(test.address), external: external}
		if got := e.advertise(remote).String(); got != test.want {
			t.Errorf("%s behind %q is advertised as %s, want %s", test.address, test.external, got, test.want)
		}
	}
}
