package sip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley/call"
)

func TestLateOffer(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1})
	ok := p.response(200, "INVITE")
	if !strings.Contains(string(ok.Body()), "RTP/AVP 0 8 101") {
		t.Errorf("offer:\n%s", ok.Body())
	}
	c := next(t, calls)
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok), body: sdpOf(4000)})
	if err := c.Await(t.Context(), call.Answered); err != nil || c.Stream() == nil {
		t.Fatalf("Await: %v", err)
	}
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
}

func TestLateOfferWithoutAnswer(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1})
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	p.respond(p.request("BYE"), 200, "ann", "", "")
	if e := ending(t, next(t, calls)); e.Cause != call.NotAcceptable {
		t.Errorf("ended: %v", e)
	}
}

// Handler errors become status codes.
func TestRejections(t *testing.T) {
	tests := []struct {
		err  error
		code int
	}{
		{call.WithCause(call.NotFound, errors.New("no route")), 404},
		{call.WithCause(call.Busy, errors.New("busy")), 486},
		{call.WithCause(call.NotAcceptable, errors.New("no codec")), 488},
		{call.WithCause(call.Overloaded, errors.New("full")), 503},
		{call.WithCause(call.Rejected, errors.New("no")), 603},
		{errors.New("bug"), 500},
		{nil, 480},
	}
	results := make(chan error, 1)
	s := start(t, testConfig(), func(context.Context, call.Call) error { return <-results })
	for _, test := range tests {
		results <- test.err
		p := newPeer(t, s)
		p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bK" + p.callID})
		res := p.response(test.code, "INVITE")
		p.send(req{method: "ACK", seq: 1, branch: "z9hG4bK" + p.callID, toTag: toTag(res)})
		if retry := res.GetHeader("Retry-After"); (retry != nil) != (test.code == 503) {
			t.Errorf("%d: Retry-After %v", test.code, retry)
		}
	}
}

func TestHandlerPanicCostsOneCall(t *testing.T) {
	s := start(t, testConfig(), func(context.Context, call.Call) error { panic("oh") })
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKp"})
	res := p.response(500, "INVITE")
	p.send(req{method: "ACK", seq: 1, branch: "z9hG4bKp", toTag: toTag(res)})
	p.send(req{method: "OPTIONS", seq: 1})
	p.response(200, "OPTIONS")
}

func TestUnansweredCallEnds(t *testing.T) {
	cfg := testConfig()
	cfg.RingTimeout = time.Second
	calls := make(chan call.Call, 1)
	s := start(t, cfg, func(ctx context.Context, c call.Call) error {
		calls <- c
		<-ctx.Done()
		return nil
	})
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKu"})
	res := p.response(480, "INVITE")
	p.send(req{method: "ACK", seq: 1, branch: "z9hG4bKu", toTag: toTag(res)})
	if e := ending(t, next(t, calls)); e.Cause != call.NoAnswer {
		t.Errorf("ended: %v", e)
	}
}

func TestSilentPartyIsReleased(t *testing.T) {
	cfg := testConfig()
	cfg.RTPTimeout = time.Second
	calls := make(chan call.Call, 1)
	s := start(t, cfg, func(ctx context.Context, c call.Call) error {
		calls <- c
		if err := c.Answer(); err != nil {
			return err
		}
		pcm := make([]int16, 160)
		for range 60 { // 1.2 s in the stream's own time
			c.Stream().ReadFrame(pcm)
		}
		<-ctx.Done()
		return nil
	})
	p := newPeer(t, s)
	established(p)
	p.respond(p.request("BYE"), 200, "ann", "", "")
	if e := ending(t, next(t, calls)); e.Cause != call.NoMedia {
		t.Errorf("ended: %v", e)
	}
}
