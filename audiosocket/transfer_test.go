package audiosocket

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"parley/call"
	"parley/media"
)

// state lets the fake call be asked whether it is answered.
func (c *fakeCall) State() call.State { return call.Answered }

// guest talks with the caller of a transfer: it says a level and counts what
// it hears.
type guest struct {
	stream media.Stream
	heard  chan struct{} // a token for every frame of the party's voice
	leave  atomic.Bool
	left   chan struct{}
	pcm    []int16
}

func newGuest(s media.Stream) *guest {
	return &guest{stream: s, heard: make(chan struct{}, 1000), left: make(chan struct{}), pcm: make([]int16, media.FrameSize(s.Rate()))}
}

func (g *guest) Tick(time.Duration) bool {
	mark := g.stream.ReadFrame(g.pcm)
	if mark == media.Heard && g.pcm[0] == 500 {
		offer(g.heard)
	}
	if g.leave.Load() || mark == media.End {
		close(g.left)
		return false
	}
	for i := range g.pcm {
		g.pcm[i] = 900
	}
	g.stream.WriteFrame(g.pcm)
	return true
}

func offer(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// robot is the voice side: it says a level for ever, and tells of each frame
// whether it was the caller's.
type robot struct {
	stream      media.Stream
	heard, gaps chan struct{}
	leave       atomic.Bool
	left        chan struct{}
	pcm         []int16
}

func newRobot(s media.Stream) *robot {
	return &robot{stream: s, heard: make(chan struct{}, 1000), gaps: make(chan struct{}, 1000), left: make(chan struct{}), pcm: make([]int16, media.FrameSize(s.Rate()))}
}

func (r *robot) Tick(time.Duration) bool {
	mark := r.stream.ReadFrame(r.pcm)
	switch mark {
	case media.Heard:
		offer(r.heard)
	case media.Gap:
		offer(r.gaps)
	}
	if r.leave.Load() || mark == media.End {
		close(r.left)
		return false
	}
	for i := range r.pcm {
		r.pcm[i] = 700
	}
	r.stream.WriteFrame(r.pcm)
	return true
}

// counted counts the connections that a listener has accepted.
type counted struct {
	net.Listener
	n atomic.Int32
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.n.Add(1)
	}
	return conn, err
}

func await(c chan struct{}, n int) {
	for len(c) > 0 {
		<-c
	}
	for range n {
		<-c
	}
}

// hears waits until the party has heard a level n times in a row.
func (p *party) hears(level int16, n int) {
	for k := 0; k < n; {
		if v := <-p.enter; v == level {
			k++
		} else {
			k = 0
		}
	}
}

// flowOf is a session that has its caller transferred and waits for him.
type flowOf struct {
	robot  *robot
	said   chan struct{}
	result call.TransferResult
	err    error
}

// stage serves one call with a session that asks for a transfer to "200".
func stage(t *testing.T, back []call.TransferEnd, send Sender) (f *flowOf, c *fakeCall, cancel context.CancelCauseFunc, returned chan error, connections *counted, j *call.Journal) {
	t.Helper()
	var clock media.Clock
	f = &flowOf{said: make(chan struct{})}
	ready := make(chan struct{})
	s, _, wheel := serve(t, nil, func(ctx context.Context, s *call.Session) (call.Outcome, error) {
		f.robot = newRobot(s.Stream)
		clock.Add(f.robot)
		defer func() { f.robot.leave.Store(true); <-f.robot.left }()
		await(f.robot.heard, 5)
		close(ready)
		f.result, f.err = s.Control.Transfer(ctx, call.TransferRequest{Target: "200", Mode: call.TransferBridge, Back: back, Said: f.said})
		if f.err != nil {
			return call.Outcome{}, f.err
		}
		await(f.robot.heard, 5) // he is back, and heard
		return call.Outcome{Action: call.OutcomeHangup}, nil
	})
	clock = wheel
	l, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	connections = &counted{Listener: l}
	served := make(chan error, 1)
	go func() { served <- s.Serve(connections) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	j = call.NewJournal(time.Now())
	ctx, cancel := context.WithCancelCause(call.WithJournal(t.Context(), j))
	c, returned = &fakeCall{party: newParty(8000)}, make(chan error, 1)
	go func() {
		returned <- NewHandler("shop", Node{Address: l.Addr().String(), Control: s, Clock: wheel, Transfer: send})(ctx, c)
	}()
	<-ready
	return f, c, cancel, returned, connections, j
}

func kinds(j *call.Journal) (text string) {
	for _, e := range j.Events() {
		text += e.Kind + " " + e.Text + "; "
	}
	return text
}

// While the flow talks on the caller hears it; then the other party, and then
// the flow again, over one connection. What the flow hears meanwhile are gaps.
func TestTransferAndBack(t *testing.T) {
	guests, finish := make(chan *guest, 1), make(chan struct{})
	wheel := media.NewWheel(1)
	defer wheel.Close()
	var offered atomic.Bool
	f, c, _, returned, connections, j := stage(t, []call.TransferEnd{call.TransferEnded}, func(_ context.Context, lent call.Call, r call.TransferRequest, stays func(error) bool) error {
		g := newGuest(lent.Stream())
		wheel.Add(g)
		guests <- g
		<-finish
		r.Answered()
		await(g.heard, 5)
		g.leave.Store(true)
		<-g.left
		offered.Store(stays(nil))
		return nil
	})
	g := <-guests
	await(f.robot.gaps, 3)
	c.party.hears(700, 5)
	if len(g.heard) > 0 {
		t.Error("the other party hears a caller who is still being talked to")
	}
	close(finish)
	c.party.hears(900, 5)
	c.party.hears(700, 5)
	err := <-returned
	<-f.robot.left
	if err != nil || f.err != nil {
		t.Errorf("the handler returned %v, the transfer %v", err, f.err)
	}
	if f.result.End != call.TransferEnded || f.result.Talk <= 0 || f.result.Cause != call.Normal {
		t.Errorf("result %+v", f.result)
	}
	if !offered.Load() {
		t.Error("the caller does not stay for an end that brings him back")
	}
	if n := connections.n.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if got := kinds(j); got != "transfer.start 200; transfer.answered ; transfer.end ended; " {
		t.Errorf("journal: %s", got)
	}
}

// What has no way back ends the session, and the call as the transfer did.
func TestTransferWithoutAWayBack(t *testing.T) {
	f, _, _, returned, _, j := stage(t, []call.TransferEnd{call.TransferEnded}, func(_ context.Context, _ call.Call, _ call.TransferRequest, stays func(error) bool) error {
		err := &call.Ended{By: call.Customer, Cause: call.Busy, Code: 486}
		if stays(err) {
			t.Error("the caller stays for another end than those that bring him back")
		}
		return err
	})
	if err := <-returned; call.CauseOf(err) != call.Busy {
		t.Errorf("the handler returned %v", err)
	}
	if got := kinds(j); got != "transfer.start 200; transfer.end busy; " {
		t.Errorf("journal: %s", got)
	}
	<-f.robot.left
	if f.err == nil {
		t.Error("the session got its caller back")
	}
	if a := j.Events()[1].Attrs; a["code"] != 486 || a["cause"] != "busy" {
		t.Errorf("attributes %v", a)
	}
}

// The caller hangs up during the transfer: everything ends at once.
func TestCallerLeavesDuringTheTransfer(t *testing.T) {
	begun := make(chan struct{})
	f, _, cancel, returned, _, j := stage(t, []call.TransferEnd{call.TransferBusy}, func(ctx context.Context, _ call.Call, _ call.TransferRequest, _ func(error) bool) error {
		close(begun)
		<-ctx.Done()
		return context.Cause(ctx)
	})
	<-begun
	cancel(&call.Ended{By: call.Customer, Cause: call.Normal})
	var ended *call.Ended
	if err := <-returned; !errors.As(err, &ended) || ended.By != call.Customer {
		t.Errorf("the handler returned %v", err)
	}
	<-f.robot.left
	if got := kinds(j); f.err == nil || got != "transfer.start 200; transfer.end abandoned; " {
		t.Errorf("the session got %v; journal: %s", f.err, got)
	}
}

// A foreign program has no control path: its session is told so.
func TestNoControlWithoutASender(t *testing.T) {
	got := make(chan call.Control, 1)
	s, address, wheel := serve(t, nil, func(_ context.Context, s *call.Session) (call.Outcome, error) {
		got <- s.Control
		return call.Outcome{Action: call.OutcomeHangup}, nil
	})
	if err := NewHandler("shop", Node{Address: address, Control: s, Clock: wheel})(t.Context(), &fakeCall{party: newParty(8000)}); err != nil {
		t.Fatal(err)
	}
	if c := <-got; c != nil {
		t.Errorf("control %v", c)
	}
}
