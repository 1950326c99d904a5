package audiosocket

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"
	"github.com/google/uuid"

	"parley/audiosocket/audiosockettest"
	"parley/call"
	"parley/media"
)

// party is a Stream that says one level for ever and counts what it hears.
type party struct {
	mu    sync.Mutex
	rate  int
	over  bool
	press []media.Digit
	enter chan int16 // the first sample of each frame that is not silent
}

func newParty(rate int) *party {
	return &party{rate: rate, enter: make(chan int16, 1000)}
}

func (p *party) Rate() int { return p.rate }

func (p *party) ReadFrame(pcm []int16) media.Mark {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(pcm)
	if p.over {
		return media.End
	}
	for i := range pcm {
		pcm[i] = 500
	}
	return media.Heard
}

func (p *party) WriteFrame(pcm []int16) {
	if len(pcm) > 0 && pcm[0] != 0 {
		select {
		case p.enter <- pcm[0]:
		default:
		}
	}
}

func (p *party) ReadDigit() (d media.Digit, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.press) == 0 {
		return d, false
	}
	d, p.press = p.press[0], p.press[1:]
	return d, true
}

func (p *party) WriteDigit(media.Digit) bool { return false }

// fakeCall is a call.Call over a party.
type fakeCall struct {
	call.Call // panics on what the handler should not use
	party     *party
	answered  bool
	answerErr error
	direction call.Direction
	picksUp   chan struct{} // of a call that we make
}

func (c *fakeCall) Info() call.Info {
	return call.Info{ID: "1000000000000000001", Caller: "100", Direction: c.direction}
}
func (c *fakeCall) Await(ctx context.Context, s call.State) error {
	if s == call.Early {
		return nil
	}
	select {
	case <-c.picksUp:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
func (c *fakeCall) Answer() error { c.answered = c.answerErr == nil; return c.answerErr }
func (c *fakeCall) Stream() media.Stream {
	if c.party.rate == 8000 && !c.answered {
		return nil
	}
	return c.party
}

// talker is a session that says a level, adds what it hears to heard, and
// ends after so many ticks.
type talker struct {
	stream media.Stream
	left   int
	heard  int
	digits []byte
	pcm    []int16
	done   chan struct{}
}

func (k *talker) Tick(time.Duration) bool {
	mark := k.stream.ReadFrame(k.pcm)
	if mark == media.Heard && k.pcm[len(k.pcm)-1] == 500 {
		k.heard++
	}
	for d, ok := k.stream.ReadDigit(); ok; d, ok = k.stream.ReadDigit() {
		k.digits = append(k.digits, d.Tone)
	}
	if k.left--; k.left <= 0 || mark == media.End {
		close(k.done)
		return false
	}
	for i := range k.pcm {
		k.pcm[i] = 700
	}
	k.stream.WriteFrame(k.pcm)
	return true
}

func TestCallIsCarriedToTheVoiceSide(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		var clock media.Clock
		talkers := make(chan *talker, 1)
		s, address, wheel := serve(t, nil, func(_ context.Context, s *call.Session) (call.Outcome, error) {
			k := &talker{stream: s.Stream, left: 25, pcm: make([]int16, media.FrameSize(s.Rate)), done: make(chan struct{})}
			clock.Add(k)
			<-k.done
			talkers <- k
			return call.Outcome{Action: call.OutcomeHangup}, nil
		})
		clock = wheel
		journal := call.NewJournal(time.Now())
		h := NewHandler("shop", Node{Address: address, Control: s, Clock: wheel})
		c := &fakeCall{party: newParty(rate)}
		c.party.press = []media.Digit{{Tone: '4'}, {Tone: '2'}}
		if err := h(call.WithJournal(t.Context(), journal), c); err != nil {
			t.Fatalf("%d Hz: %v", rate, err)
		}
		k := <-talkers
		if k.heard < 15 || string(k.digits) != "42" || !c.answered {
			t.Errorf("%d Hz: the session heard %d of 25 frames and digits %q", rate, k.heard, k.digits)
		}
		if v := <-c.party.enter; v != 700 {
			t.Errorf("%d Hz: the party heard %d", rate, v)
		}
	}
}

// TestACallThatWeMakeIsCarriedBeforeItsAnswer: the session hears the early
// media, and is told of the answer.
func TestACallThatWeMakeIsCarriedBeforeItsAnswer(t *testing.T) {
	var clock media.Clock
	c := &fakeCall{party: newParty(16000), direction: call.Outbound, picksUp: make(chan struct{})}
	s, address, wheel := serve(t, nil, func(_ context.Context, s *call.Session) (call.Outcome, error) {
		k := &talker{stream: s.Stream, left: 25, pcm: make([]int16, media.FrameSize(s.Rate)), done: make(chan struct{})}
		clock.Add(k)
		<-k.done
		select {
		case <-s.Answered:
			t.Error("it is answered before it is")
		default:
		}
		if k.heard < 15 {
			t.Errorf("the session heard %d of 25 frames of early media", k.heard)
		}
		close(c.picksUp)
		<-s.Answered
		return call.Outcome{Action: call.OutcomeHangup}, nil
	})
	clock = wheel
	h := NewHandler("shop", Node{Address: address, Control: s, Clock: wheel})
	if err := h(call.WithJournal(t.Context(), call.NewJournal(time.Now())), c); err != nil {
		t.Fatal(err)
	}
	if c.answered {
		t.Error("we have answered a call of our own")
	}
}

// A foreign server gets a UUID and audio, is asked nothing, and its hang-up is
// a normal end.
func TestCallIsCarriedToAForeignServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, _, wheel := serve(t, nil, nil)
	c := &fakeCall{party: newParty(8000)}
	returned := make(chan error, 1)
	go func() { returned <- NewHandler("", Node{Address: l.Addr().String(), Clock: wheel})(t.Context(), c) }()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	foreign := audiosockettest.Wrap(t, conn.(*net.TCPConn))
	if m, err := foreign.Next(); err != nil || m.Kind() != wire.KindID || m.ContentLength() != 16 {
		t.Fatalf("first came %v, %v; want a UUID", m, err)
	}
	for range 5 {
		foreign.Say(wire.KindSlin, flat(160, 700))
		if pcm, _ := foreign.Hear(wire.KindSlin); pcm[0] != 500 {
			t.Errorf("the foreign server hears %d", pcm[0])
		}
	}
	if v := <-c.party.enter; v != 700 {
		t.Errorf("the party heard %d", v)
	}
	foreign.Message(wire.KindHangup, nil)
	if err := <-returned; err != nil || !c.answered {
		t.Errorf("after the hang-up: %v; answered %v", err, c.answered)
	}
}

// control is an Announcer that answers as it is told.
type control struct {
	err     error
	outcome *call.Outcome
}

func (c control) Announce(call.Announcement) (func(), error) { return func() {}, c.err }
func (c control) Outcome(uuid.UUID) (call.Outcome, bool) {
	if c.outcome == nil {
		return call.Outcome{}, false
	}
	return *c.outcome, true
}

func TestRefusedCallsAreNotAnswered(t *testing.T) {
	for err, want := range map[error]call.Cause{ErrBusy: call.Overloaded, ErrDraining: call.Draining, errors.New("no route"): call.Failed} {
		c := &fakeCall{party: newParty(8000)}
		got := NewHandler("shop", Node{Control: control{err: err}})(t.Context(), c)
		if call.CauseOf(got) != want || c.answered {
			t.Errorf("announcing says %q: cause %s, answered %v; want %s", err, call.CauseOf(got), c.answered, want)
		}
	}
}

func TestCallThatIsGoneAtTheAnswer(t *testing.T) {
	c := &fakeCall{party: newParty(8000), answerErr: &call.Ended{By: call.Customer, Cause: call.Cancelled}}
	err := NewHandler("shop", Node{Control: control{}})(t.Context(), c)
	if call.CauseOf(err) != call.Cancelled {
		t.Errorf("cause %s of %v", call.CauseOf(err), err)
	}
}

func TestNoVoiceNode(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	err = NewHandler("shop", Node{Address: l.Addr().String(), Control: control{}})(t.Context(), &fakeCall{party: newParty(8000)})
	if call.CauseOf(err) != call.Failed {
		t.Errorf("cause %s of %v", call.CauseOf(err), err)
	}
}

func TestOutcomesAreApplied(t *testing.T) {
	for name, c := range map[string]struct {
		outcome *call.Outcome
		want    call.Cause
	}{
		"hang up":   {&call.Outcome{Action: call.OutcomeHangup}, call.Normal},
		"continue":  {&call.Outcome{Action: call.OutcomeContinue}, call.Normal},
		"transfer":  {&call.Outcome{Action: call.OutcomeTransfer, Target: "sip:1"}, call.Failed},
		"broke off": {nil, call.Failed},
	} {
		if got := call.CauseOf(Node{Control: control{outcome: c.outcome}}.apply(t.Context(), nil, uuid.New())); got != c.want {
			t.Errorf("%s: cause %s, want %s", name, got, c.want)
		}
	}
}

// When the party hangs up, the session ends and the handler returns why.
func TestPartyHangsUp(t *testing.T) {
	begun := make(chan struct{})
	gone := make(chan struct{})
	s, address, wheel := serve(t, nil, func(ctx context.Context, _ *call.Session) (call.Outcome, error) {
		close(begun)
		<-ctx.Done()
		close(gone)
		return call.Outcome{}, context.Cause(ctx)
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	returned := make(chan error)
	c := &fakeCall{party: newParty(8000)}
	go func() { returned <- NewHandler("shop", Node{Address: address, Control: s, Clock: wheel})(ctx, c) }()
	<-begun
	cancel(&call.Ended{By: call.Customer, Cause: call.Normal})
	var ended *call.Ended
	if err := <-returned; !errors.As(err, &ended) || ended.By != call.Customer {
		t.Errorf("the handler returned %v", err)
	}
	<-gone
}
