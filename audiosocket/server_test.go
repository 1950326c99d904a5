package audiosocket

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"parley/audiosocket/audiosockettest"
	"parley/call"
	"parley/media"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

// serve runs a Server on loopback until the test ends.
func serve(t *testing.T, change func(*Config), handler call.SessionHandler) (s *Server, address string, clock media.Clock) {
	t.Helper()
	config := Defaults()
	config.Listen = "127.0.0.1:0"
	config.HandshakeTimeout = time.Minute // a busy machine is no mistake
	if change != nil {
		change(&config)
	}
	wheel := media.NewWheel(1)
	s, err := NewServer(config, wheel, repeat, handler)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		wheel.Close()
	})
	return s, l.Addr().String(), wheel
}

// announce tells s of a session.
func announce(t *testing.T, s *Server) call.Announcement {
	t.Helper()
	a := call.Announcement{UUID: uuid.New(), Rate: 8000, Program: "shop", Call: call.Info{ID: call.NewID(), Caller: "100"}}
	if _, err := s.Announce(a); err != nil {
		t.Fatal(err)
	}
	return a
}

// refused wants the server to close without a word.
func refused(t *testing.T, what string, c *audiosockettest.Client) {
	t.Helper()
	if m, err := c.Next(); err == nil {
		t.Errorf("%s: served with %v", what, m)
	}
}

// untilHangup reads until the hang-up message and the FIN after it.
func untilHangup(t *testing.T, c *audiosockettest.Client) {
	t.Helper()
	for {
		if _, over := c.Hear(0x10); over {
			break
		}
	}
	if m, err := c.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the hang-up came %v, %v", m, err)
	}
}

// untilGone is a handler that lasts as long as the caller.
func untilGone(ctx context.Context, _ *call.Session) (call.Outcome, error) {
	<-ctx.Done()
	return call.Outcome{}, context.Cause(ctx)
}

func TestAnnouncedSession(t *testing.T) {
	sessions := make(chan *call.Session, 1)
	s, address, _ := serve(t, nil, func(_ context.Context, s *call.Session) (call.Outcome, error) {
		sessions <- s
		return call.Outcome{Action: call.OutcomeTransfer, Target: "sip:200@example.org"}, nil
	})
	a := announce(t, s)
	if _, ok := s.Outcome(a.UUID); ok {
		t.Error("an outcome before the session")
	}
	c := audiosockettest.Dial(t, address, a.UUID)
	got := <-sessions
	if got.UUID != a.UUID || got.Program != "shop" || got.Call.Caller != "100" || got.Stream.Rate() != 8000 {
		t.Errorf("session %+v", got)
	}
	untilHangup(t, c)
	if o, ok := s.Outcome(a.UUID); !ok || o.Target != "sip:200@example.org" {
		t.Errorf("outcome %+v, %v as soon as the peer hears of the end", o, ok)
	}
	refused(t, "the same uuid again", audiosockettest.Dial(t, address, a.UUID))
	if _, err := s.Announce(a); err == nil {
		t.Error("a used uuid was announced again")
	}
	if _, err := s.Announce(call.Announcement{UUID: uuid.New(), Rate: 11025}); err == nil {
		t.Error("a rate without a kind was announced")
	}
}

// A program that never touches its Stream still gives Asterisk its silence.
func TestSilenceWithoutTheProgram(t *testing.T) {
	s, address, _ := serve(t, nil, untilGone)
	c := audiosockettest.Dial(t, address, announce(t, s).UUID)
	for range 10 {
		if pcm, _ := c.Hear(0x10); len(pcm) != 160 {
			t.Fatalf("%d samples, want 160", len(pcm))
		}
	}
}

func TestSessionEndsWithTheCaller(t *testing.T) {
	for name, end := range map[string]func(*audiosockettest.Client){
		"FIN": (*audiosockettest.Client).Hangup,
		"RST": (*audiosockettest.Client).Reset,
	} {
		causes := make(chan error, 1)
		s, address, _ := serve(t, nil, func(ctx context.Context, _ *call.Session) (call.Outcome, error) {
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return call.Outcome{}, context.Cause(ctx)
		})
		a := announce(t, s)
		c := audiosockettest.Dial(t, address, a.UUID)
		c.Hear(0x10)
		end(c)
		var ended *call.Ended
		if err := <-causes; !errors.As(err, &ended) || ended.By != call.Customer {
			t.Errorf("%s: the session's context ends with %v", name, err)
		}
		if _, ok := s.Outcome(a.UUID); ok {
			t.Errorf("%s: a session that broke off has an outcome", name)
		}
	}
}

func TestForeignSessions(t *testing.T) {
	sessions := make(chan *call.Session, 2)
	_, address, _ := serve(t, func(c *Config) { c.Program = "reception" }, func(_ context.Context, s *call.Session) (call.Outcome, error) {
		sessions <- s
		return call.Outcome{Action: call.OutcomeContinue}, nil
	})
	id := uuid.New()
	for range 2 { // a dialplan may use one UUID for every call
		c := audiosockettest.Dial(t, address, id)
		got := <-sessions
		if got.Program != "reception" || got.Call.Door != "audiosocket" || got.Call.WireID != id.String() || got.Call.ID == "" || !got.Call.Remote.IsValid() || got.Call.Direction != call.Inbound {
			t.Errorf("session %+v", got)
		}
		untilHangup(t, c)
	}
}

func TestRefusals(t *testing.T) {
	s, address, _ := serve(t, func(c *Config) { c.HandshakeTimeout = 50 * time.Millisecond }, untilGone)
	refused(t, "not announced", audiosockettest.Dial(t, address, uuid.New()))

	c := audiosockettest.Connect(t, address)
	refused(t, "no uuid in time", c)

	c = audiosockettest.Connect(t, address)
	c.Message(0x10, make([]byte, 320))
	refused(t, "audio first", c)

	c = audiosockettest.Connect(t, address)
	c.Message(wire.KindID, make([]byte, 15))
	refused(t, "a short uuid", c)

	c = audiosockettest.Connect(t, address)
	c.Raw([]byte("GET / HTTP/1.1\r\n\r\n"))
	refused(t, "http", c)

	if n := s.Active(); n != 0 {
		t.Errorf("%d sessions are active", n)
	}
}

func TestOtherAddressesAreRefused(t *testing.T) {
	s, address, _ := serve(t, func(c *Config) { c.Allow = []string{"192.0.2.0/24"} }, untilGone)
	c := audiosockettest.Connect(t, address)
	announce(t, s)
	refused(t, "from an address that is not listed", c)
}

func TestUUIDInOneByteFragments(t *testing.T) {
	s, address, _ := serve(t, nil, untilGone)
	a := announce(t, s)
	c := audiosockettest.Connect(t, address)
	for _, b := range wire.IDMessage(a.UUID) {
		c.Raw([]byte{b})
	}
	c.Hear(0x10)
}

func TestCapacityIsReserved(t *testing.T) {
	s, address, _ := serve(t, func(c *Config) { c.MaxSessions, c.Program = 2, "reception" }, untilGone)
	a := announce(t, s)
	release, err := s.Announce(call.Announcement{UUID: uuid.New(), Rate: 8000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Announce(call.Announcement{UUID: uuid.New()}); !errors.Is(err, ErrBusy) {
		t.Errorf("the third of two: %v", err)
	}
	refused(t, "a stranger while everything is reserved", audiosockettest.Dial(t, address, uuid.New()))
	release()
	release()
	audiosockettest.Dial(t, address, a.UUID).Hear(0x10)
	audiosockettest.Dial(t, address, uuid.New()).Hear(0x10)
	if _, err := s.Announce(call.Announcement{UUID: uuid.New()}); !errors.Is(err, ErrBusy) {
		t.Errorf("with two of two running: %v", err)
	}
}

func TestPanicCostsOneSession(t *testing.T) {
	s, address, _ := serve(t, nil, func(_ context.Context, s *call.Session) (call.Outcome, error) {
		if s.Program == "shop" {
			panic("broken")
		}
		return call.Outcome{Action: call.OutcomeHangup}, nil
	})
	a := announce(t, s)
	untilHangup(t, audiosockettest.Dial(t, address, a.UUID))
	if _, ok := s.Outcome(a.UUID); ok {
		t.Error("a session that panicked has an outcome")
	}
	b := call.Announcement{UUID: uuid.New(), Rate: 8000, Program: "other"}
	if _, err := s.Announce(b); err != nil {
		t.Fatal(err)
	}
	untilHangup(t, audiosockettest.Dial(t, address, b.UUID))
}

func TestDrainWaitsThenHangsUp(t *testing.T) {
	begun := make(chan struct{}, 2)
	finish := make(chan struct{})
	s, address, _ := serve(t, nil, func(ctx context.Context, _ *call.Session) (call.Outcome, error) {
		begun <- struct{}{}
		select {
		case <-finish:
			return call.Outcome{Action: call.OutcomeHangup}, nil
		case <-ctx.Done():
			return call.Outcome{}, context.Cause(ctx)
		}
	})
	polite := announce(t, s)
	c, d := audiosockettest.Dial(t, address, polite.UUID), audiosockettest.Dial(t, address, announce(t, s).UUID)
	<-begun
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	drained := make(chan error, 1)
	go func() { drained <- s.Drain(ctx) }()
	for { // until the drain has begun
		release, err := s.Announce(call.Announcement{UUID: uuid.New()})
		if errors.Is(err, ErrDraining) {
			break
		}
		release()
	}
	finish <- struct{}{}
	cancel()
	if err := <-drained; !errors.Is(err, context.Canceled) {
		t.Errorf("Drain: %v", err)
	}
	if n := s.Active(); n != 0 {
		t.Errorf("%d sessions after Drain", n)
	}
	untilHangup(t, c)
	untilHangup(t, d)
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Error("the listener is still open")
	}
}
