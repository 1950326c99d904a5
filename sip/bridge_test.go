package sip

import (
	"context"
	"testing"

	"parley/call"
	"parley/call/bridge"
	"parley/media"
)

// between is our server between a caller's and a called party's, with
// SRTP on the caller's side only.
type between struct {
	t       *testing.T
	clock   media.Manual
	caller  *Server
	address string
	called  chan call.Call
}

func bridging(t *testing.T) *between {
	t.Helper()
	b := &between{t: t, called: make(chan call.Call, 1)}
	cfg := testConfig()
	cfg.Trunks[0].SRTP = "optional"
	var callee string
	originator := make(chan *Server, 1)
	middle := start(t, cfg, func(ctx context.Context, c call.Call) error {
		s := <-originator
		originator <- s
		return bridge.To(bridge.Config{Originator: s, Clock: &b.clock, Target: func(context.Context, call.Info) (call.Target, error) {
			return call.Target{URI: "sip:200@" + callee}, nil
		}})(ctx, c)
	})
	callee = launch(t, testConfig(), func(ctx context.Context, c call.Call) error {
		b.called <- c
		<-ctx.Done()
		return context.Cause(ctx)
	}, portsAt(t, "127.0.0.1")).addr("udp").String()
	originator <- middle
	b.address = middle.addr("udp").String()
	secure := testConfig()
	secure.Trunks[0].SRTP = "required"
	b.caller = launch(t, secure, answering, portsAt(t, "127.0.0.1"))
	return b
}

// dial returns the caller's call and the called party's.
func (b *between) dial() (out, in call.Call) {
	b.t.Helper()
	out, err := b.caller.Originate(b.t.Context(), call.Target{URI: "sip:100@" + b.address, Caller: "1"})
	if err != nil {
		b.t.Fatal(err)
	}
	return out, next(b.t, b.called)
}

// reaches waits until c is in a state, while the bridge's clock runs.
func (b *between) reaches(c call.Call, s call.State) {
	b.t.Helper()
	eventually(b.t, s.String(), func() bool { b.clock.Step(); return c.State() >= s })
	if got := c.State(); got != s {
		b.t.Fatalf("the call is %s, want %s: %v", got, s, context.Cause(c.Context()))
	}
}

// carries fails unless what one says is heard by the other, with its digits.
func (b *between) carries(from, to call.Call) {
	b.t.Helper()
	says, hears := from.Stream(), to.Stream()
	voice, pcm := make([]int16, 160), make([]int16, 160)
	for i := range voice {
		voice[i] = 4000
	}
	says.WriteDigit(media.Digit{Tone: '5', Samples: 800})
	heard, digits := 0, ""
	eventually(b.t, "a voice and a digit", func() bool {
		says.WriteFrame(voice)
		b.clock.Step()
		if hears.ReadFrame(pcm) == media.Heard && pcm[80] > 3800 && pcm[80] < 4200 {
			heard++
		}
		for d, ok := hears.ReadDigit(); ok; d, ok = hears.ReadDigit() {
			digits += string(d.Tone)
		}
		return heard >= 10 && digits == "5"
	})
}

func TestBridgedCall(t *testing.T) {
	b := bridging(t)
	out, in := b.dial()
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	b.reaches(out, call.Ringing)
	if err := in.EarlyMedia(); err != nil {
		t.Fatal(err)
	}
	b.reaches(out, call.Early)
	b.carries(in, out)
	if err := in.Answer(); err != nil {
		t.Fatal(err)
	}
	b.reaches(out, call.Answered)
	b.carries(in, out)
	b.carries(out, in)
	for c, want := range map[call.Call]bool{out: true, in: false} {
		st := c.(interface{ MediaStats() call.MediaStats }).MediaStats()
		if (st.SRTP != "") != want || st.PacketsIn < 10 || st.Lost+st.Unauthentic+st.Malformed+st.Strangers > 0 {
			t.Errorf("%+v", st)
		}
	}
	out.Hangup(call.Customer, call.Normal)
	eventually(t, "the other end", func() bool { b.clock.Step(); return in.State() == call.Over })
	if e := ending(t, in); e.Cause != call.Normal {
		t.Error(e)
	}
}

func TestBridgedCallIsRefused(t *testing.T) {
	b := bridging(t)
	out, in := b.dial()
	in.Hangup(call.Customer, call.Busy)
	eventually(t, "the refusal", func() bool { b.clock.Step(); return out.State() == call.Over })
	if e := ending(t, out); e.Cause != call.Busy || e.Code != 486 {
		t.Error(e)
	}
}

func TestBridgedCallIsGivenUp(t *testing.T) {
	b := bridging(t)
	out, in := b.dial()
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	b.reaches(out, call.Ringing)
	out.Hangup(call.Customer, call.Cancelled)
	eventually(t, "the cancellation", func() bool { b.clock.Step(); return in.State() == call.Over })
	if e := ending(t, in); e.Cause != call.Cancelled {
		t.Error(e)
	}
}
