package sip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley/call"
)

// established makes a call that peer has made an answered one and returns our
// To tag.
func established(p *peer) string {
	p.t.Helper()
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	return toTag(ok)
}

func TestIncomingCall(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), func(ctx context.Context, c call.Call) error {
		if err := c.Ring(); err != nil {
			return err
		}
		return handler(ctx, c)
	})
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "X-Account: 42\r\n"})
	if r := p.response(100, "INVITE"); toTag(r) != "" {
		t.Error("100 has a To tag")
	}
	ringing, ok := p.response(180, "INVITE"), p.response(200, "INVITE")
	if toTag(ringing) == "" || toTag(ringing) != toTag(ok) {
		t.Errorf("To tags %q and %q", toTag(ringing), toTag(ok))
	}
	if c := ok.Contact(); c == nil || c.Address.Port != int(p.to.Port()) {
		t.Errorf("Contact %v", c)
	}
	for name, want := range map[string]string{"Server": "Parley/test", "Allow": allowed, "Content-Type": sdpType} {
		if h := ok.GetHeader(name); h == nil || h.Value() != want {
			t.Errorf("%s: %v, want %s", name, h, want)
		}
	}
	if body := string(ok.Body()); !strings.Contains(body, "RTP/AVP 0 101\r\n") || !strings.Contains(body, "a=fmtp:101 0-16") {
		t.Errorf("answer:\n%s", body)
	}
	c := next(t, calls)
	i := c.Info()
	if i.Caller != "ann" || i.CallerName != "Ann" || i.Called != "100" || i.Trunk != "loopback" || i.Headers["X-Account"] != "42" || i.WireID != p.callID {
		t.Errorf("Info %+v", i)
	}
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	if err := c.Await(t.Context(), call.Answered); err != nil || c.Stream() == nil {
		t.Errorf("Await: %v, stream %v", err, c.Stream())
	}
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
	if e := ending(t, c); e.By != call.Customer || e.Cause != call.Normal {
		t.Errorf("ended: %v", e)
	}
	if err := c.Answer(); !errors.As(err, new(*call.Ended)) {
		t.Errorf("Answer after the end: %v", err)
	}
}

func TestOurHangupSaysBYE(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	tag := established(p)
	c := next(t, calls)
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.System, call.Normal)
	bye := p.request("BYE")
	if fromTag(bye) != tag || toTag(bye) != "ann" || bye.GetHeader("Reason").Value() != `Q.850;cause=16;text="normal"` {
		t.Errorf("BYE:\n%s", bye)
	}
	p.respond(bye, 200, "ann", "", "")
}

// A 2xx is repeated until the ACK comes; without one the call is released.
func TestLostACK(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	for range 6 {
		p.response(200, "INVITE")
	}
	bye := p.request("BYE")
	p.respond(bye, 200, "ann", "", "")
	if e := ending(t, next(t, calls)); e.Cause != call.NoResponse {
		t.Errorf("ended: %v", e)
	}
}

func TestRetransmissionIntervals(t *testing.T) {
	timers, at := DefaultTimers(), time.Duration(0)
	var got []time.Duration
	for d := timers.T1; at+d < timers.giveUp(); d = timers.next(d) {
		at += d
		got = append(got, at)
	}
	want := []time.Duration{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}
	if len(got) != len(want) {
		t.Fatalf("%d retransmissions at %v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i]*time.Millisecond {
			t.Errorf("retransmission %d at %v, want %d ms", i, got[i], want[i])
		}
	}
}

// BYE of the one who was called waits for the ACK (§15).
func TestHangupBeforeACK(t *testing.T) {
	s := start(t, testConfig(), func(_ context.Context, c call.Call) error { return c.Answer() })
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	ok := p.response(200, "INVITE")
	again := p.response(200, "INVITE") // no BYE yet, but the 200 once more
	if toTag(again) != toTag(ok) {
		t.Error("another 200")
	}
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	p.respond(p.request("BYE"), 200, "ann", "", "")
	for _, line := range p.skipped {
		if strings.HasPrefix(line, "BYE") {
			t.Error("BYE before ACK")
		}
	}
}

func TestCANCEL(t *testing.T) {
	calls := make(chan call.Call, 1)
	s := start(t, testConfig(), func(ctx context.Context, c call.Call) error {
		if err := c.Ring(); err != nil {
			return err
		}
		calls <- c
		<-ctx.Done()
		return nil
	})
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKc"})
	ringing := p.response(180, "INVITE")
	p.send(req{method: "CANCEL", seq: 1, branch: "z9hG4bKc"})
	p.response(200, "CANCEL")
	gone := p.response(487, "INVITE")
	if toTag(gone) != toTag(ringing) {
		t.Errorf("487 has tag %q, 180 %q", toTag(gone), toTag(ringing))
	}
	p.send(req{method: "ACK", seq: 1, branch: "z9hG4bKc", toTag: toTag(gone)})
	if e := ending(t, next(t, calls)); e.By != call.Customer || e.Cause != call.Cancelled || e.Code != 487 {
		t.Errorf("ended: %v", e)
	}
}

// A CANCEL that crosses the 200 has no effect (§9.2).
func TestCANCELTooLate(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKc"})
	ok := p.response(200, "INVITE")
	p.send(req{method: "CANCEL", seq: 1, branch: "z9hG4bKc"})
	if r := p.response(200, "CANCEL"); toTag(r) != toTag(ok) {
		t.Errorf("the response to CANCEL has tag %q, that to INVITE %q", toTag(r), toTag(ok))
	}
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	c := next(t, calls)
	p.send(req{method: "OPTIONS", seq: 2, toTag: toTag(ok)})
	p.response(200, "OPTIONS")
	if c.State() != call.Answered {
		t.Errorf("state %v", c.State())
	}
	p.send(req{method: "BYE", seq: 3, toTag: toTag(ok)})
	p.response(200, "BYE")
}

func TestRetransmittedINVITEMakesOneCall(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), func(ctx context.Context, c call.Call) error {
		if err := c.EarlyMedia(); err != nil {
			return err
		}
		return handler(ctx, c)
	})
	p := newPeer(t, s)
	invite := req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKr"}
	p.send(invite)
	progress := p.response(183, "INVITE")
	if len(progress.Body()) == 0 {
		t.Error("183 without description")
	}
	p.send(invite)
	ok := p.response(200, "INVITE")
	if toTag(ok) != toTag(progress) {
		t.Error("two dialogs")
	}
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
	ending(t, next(t, calls))
	if len(calls) != 0 {
		t.Error("two calls")
	}
}
