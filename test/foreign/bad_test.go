package foreign

import (
	"encoding/binary"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/audiosocket/audiosockettest"
	"parley/call"
	"parley/test/harness"
)

// TestOddClients: whatever way frames come, they are heard; what is unknown
// is skipped and counted.
func TestOddClients(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for name, c := range map[string]struct {
		rate    int // of what the client sends; the server speaks 8 kHz
		say     func(a *asterisk, pcm []int16)
		unknown bool
	}{
		"one byte at a time": {8000, func(a *asterisk, pcm []int16) {
			m := binary.BigEndian.AppendUint16([]byte{0x10}, uint16(2*len(pcm)))
			for _, v := range pcm {
				m = binary.LittleEndian.AppendUint16(m, uint16(v))
			}
			for i := range m {
				a.Raw(m[i : i+1])
			}
		}, false},
		"48 kHz": {48000, func(a *asterisk, pcm []int16) { a.Say(0x16, pcm) }, false},
		"unknown kinds between": {8000, func(a *asterisk, pcm []int16) {
			a.Message(0x77, make([]byte, 99))
			a.Say(0x10, pcm)
			a.Message(0x02, nil)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := uuid.New()
			a := dial(t, p, id, 0x10, 8000)
			a.untilQuiet()
			a.fine(t, c.rate, c.say)
			r := p.Kept(id.String())
			if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"operator please"}) {
				t.Errorf("understood %q", got)
			}
			if got := r.Media.Malformed; c.unknown != (got > 100) || !c.unknown && got > 0 {
				t.Errorf("%d messages counted as malformed", got)
			}
			t.Logf("%s: understood %q, %d frames in, %d of unknown kinds", name, harness.Said(r, call.SpeakerCaller), r.Media.PacketsIn, r.Media.Malformed)
		})
	}
}

// TestBadClients: each is shown the door in its way, and a good one beside
// them notices nothing.
func TestBadClients(t *testing.T) {
	t.Parallel()
	p := start(t, harness.Map{"handshake_timeout": "300ms", "allow": []string{"127.0.0.1/32"}})
	good := uuid.New()
	a := dial(t, p, good, 0x10, 8000)
	a.untilQuiet()

	// No UUID at all, a part of one, and something else.
	for _, opening := range []string{"", "\x01\x00\x10half", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"} {
		c := audiosockettest.Connect(t, p.AudioSocket)
		c.Raw([]byte(opening))
		gone(t, c)
	}
	harness.Eventually(t, "three refused connections are logged once each", func() bool {
		return len(p.Log.All("audiosocket connection refused")) == 3
	})

	// Garbage after a good beginning.
	broken := uuid.New()
	c := audiosockettest.Dial(t, p.AudioSocket, broken)
	c.Say(0x10, make([]int16, 160))
	c.Raw([]byte("\x10\xff\xff" + strings.Repeat("x", 500)))
	gone(t, c)
	if r := p.Kept(broken.String()); r.HangupBy != "customer" {
		t.Errorf("a client of garbage was ended by %s: %s", r.HangupBy, r.Cause)
	}
	if n := len(p.Log.All("audiosocket connection dropped")); n != 1 {
		t.Errorf("garbage was logged %d times, want once", n)
	}

	// A reset in the middle of a frame.
	reset := uuid.New()
	c = audiosockettest.Dial(t, p.AudioSocket, reset)
	c.Raw([]byte{0x10, 1, 0x40, 9, 9})
	c.Reset()
	if r := p.Kept(reset.String()); r.HangupBy != "customer" {
		t.Errorf("a client that was reset was ended by %s", r.HangupBy)
	}

	// An address that is not allowed.
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, Timeout: harness.Patience}
	conn, err := d.Dial("tcp", p.AudioSocket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(harness.Patience))
	if n, err := conn.Read(make([]byte, 10)); n > 0 || err == nil {
		t.Errorf("a stranger got %d bytes", n)
	}

	a.fine(t, 8000, nil)
	if r := p.Kept(good.String()); r.Cause != "normal" || r.HangupBy != "system" {
		t.Errorf("the good client was ended by %s: %s", r.HangupBy, r.Cause)
	}
	p.Idle(t)
	if p.Status("/readyz") != 200 {
		t.Error("the program is not ready any more")
	}
}

// TestStall: a client that stops in the middle of a frame is waited for and
// spoken to; when it goes on, it is understood. One that never reads costs
// itself alone.
func TestStall(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	deaf := uuid.New()
	never := audiosockettest.Dial(t, p.AudioSocket, deaf)
	if err := never.Conn.SetReadBuffer(1024); err != nil {
		t.Fatal(err)
	}

	id := uuid.New()
	a := dial(t, p, id, 0x10, 8000)
	a.untilQuiet()
	frame := binary.BigEndian.AppendUint16([]byte{0x10}, 320)
	frame = append(frame, make([]byte, 320)...)
	a.Raw(frame[:100])
	for range 100 { // two seconds, counted in the server's frames
		if _, hungUp := a.Hear(0x10); hungUp {
			t.Fatal("a client that stalls for 2 s was hung up")
		}
	}
	a.Raw(frame[100:])
	a.fine(t, 8000, nil)
	r := p.Kept(id.String())
	if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"operator please"}) {
		t.Errorf("understood %q after the stall", got)
	}
	if r.Media.FramesGap < 50 {
		t.Errorf("a stall of 100 frames left %d gaps", r.Media.FramesGap)
	}
	never.Reset()
	if k := p.Kept(deaf.String()); k.HangupBy != "customer" {
		t.Errorf("a client that never read was ended by %s", k.HangupBy)
	}
	p.Idle(t)
	t.Logf("understood %q after a stall with %d gaps", harness.Said(r, call.SpeakerCaller), r.Media.FramesGap)
}

// fine says what it wants in audio of a rate, is understood and let go. say
// sends a frame; nil does it as Asterisk would.
func (a *asterisk) fine(t *testing.T, rate int, say func(*asterisk, []int16)) {
	t.Helper()
	if say != nil {
		a.say = func(pcm []int16) { say(a, pcm) }
	}
	a.sendRate = rate
	a.speak("operator please")
	a.untilHangup()
}
