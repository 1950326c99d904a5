package voice

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/speech"
)

// leaver is a program that says a line and has its caller transferred, and
// says another when he is back.
type leaver struct {
	script
	what speech.Transfer
	back []speech.TransferResult
}

func (l *leaver) Reply(_ context.Context, _ int, in speech.Input, deliver func(speech.Answer) error) error {
	line := "One moment please all of you"
	next := speech.Answer{Transfer: &l.what}
	if in.Transfer != nil {
		l.back = append(l.back, *in.Transfer)
		line, next = "welcome back", speech.Answer{Listen: &speech.Hearing{}}
	}
	if err := deliver(speech.Answer{Line: &speech.Line{Text: line}}); err != nil {
		return err
	}
	return deliver(next)
}

// exchange is a call side under the test's hand.
type exchange struct {
	asked  chan call.TransferRequest
	result chan call.TransferResult
}

func (e *exchange) Transfer(ctx context.Context, r call.TransferRequest) (call.TransferResult, error) {
	e.asked <- r
	select {
	case t := <-e.result:
		return t, nil
	case <-ctx.Done():
		return call.TransferResult{}, context.Cause(ctx)
	}
}

// leavingBench runs a session of a leaver in virtual time.
func leavingBench(t *testing.T, what speech.Transfer, control bool, script func(*bench, *leaver, *exchange)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, l := newBench(t), &leaver{what: what}
		e := &exchange{asked: make(chan call.TransferRequest, 1), result: make(chan call.TransferResult, 1)}
		if b.other = l; control {
			b.control = e
		}
		b.start()
		script(b, l, e)
	})
}

func TestTransferIsAskedForAfterTheLine(t *testing.T) {
	what := speech.Transfer{Target: "200", Mode: "bridge", Timeout: 20 * time.Second, Back: []string{"ended", "busy"}}
	leavingBench(t, what, true, func(b *bench, l *leaver, e *exchange) {
		b.pass(time.Second)
		if len(e.asked) > 0 {
			t.Error("the transfer began before the line was said")
		}
		b.pass(time.Second)
		r := <-e.asked
		if r.Target != "200" || r.Mode != call.TransferBridge || r.Timeout != 20*time.Second || !slices.Equal(r.Back, []call.TransferEnd{"ended", "busy"}) {
			t.Errorf("asked for %+v", r)
		}
		<-r.Said // nothing is left to say
		n := len(b.wire.heard)
		b.pass(5 * time.Minute)
		if said := b.wire.robotFrames(n); said > 0 {
			t.Errorf("%d frames were said to a caller who is away", said)
		}
		e.result <- call.TransferResult{End: call.TransferBusy, Cause: call.Busy}
		b.pass(2 * time.Second)
		if len(l.back) != 1 || l.back[0].End != "busy" || l.back[0].Cause != "busy" {
			t.Errorf("the program got %+v", l.back)
		}
		if lines := b.said(); len(lines) != 2 || lines[1].Text != "welcome back" {
			t.Errorf("said %+v", lines)
		}
		b.hangUp()
	})
}

func TestAttendedTransferCutsTheLine(t *testing.T) {
	leavingBench(t, speech.Transfer{Target: "200", Mode: "attended", AtOnce: true}, true, func(b *bench, _ *leaver, e *exchange) {
		b.pass(100 * time.Millisecond)
		r := <-e.asked
		b.pass(500 * time.Millisecond)
		select {
		case <-r.Said:
			t.Error("the line is said to its end already")
		default:
		}
		r.Answered()
		b.frames(2)
		<-r.Said
		if lines := b.said(); len(lines) != 1 || lines[0].Text == lines[0].Meant || lines[0].Text == "" {
			t.Errorf("said %+v", lines)
		}
		b.wire.over = true // he hangs up where he is
		b.frames(1)
		<-b.done
		if b.end != nil {
			t.Errorf("ended %+v", b.end)
		}
	})
}

// On a wire without a control path a transfer is the session's outcome.
func TestTransferWithoutControl(t *testing.T) {
	leavingBench(t, speech.Transfer{Target: "200", Mode: "attended", AtOnce: true, Reason: "out"}, false, func(b *bench, _ *leaver, _ *exchange) {
		b.pass(3 * time.Second)
		<-b.done
		if b.end == nil || *b.end != (speech.End{Action: call.OutcomeTransfer, Target: "200", Reason: "out"}) {
			t.Errorf("ended %+v", b.end)
		}
		if lines := b.said(); len(lines) != 1 || lines[0].Text != "One moment please all of you" {
			t.Errorf("said %+v", lines)
		}
	})
}
