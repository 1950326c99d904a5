package audiosocket

import (
	"net"
	"testing"

	wire "github.com/CyCoreSystems/audiosocket"
	"golang.org/x/sys/unix"

	"parley/audiosocket/audiosockettest"
	"parley/media"
	"parley/media/streamtest"
)

// far is the far end of a Conn under test.
type far struct {
	*audiosockettest.Client
	conn *Conn
}

// pair joins a Conn and a client by a TCP connection.
func pair(t testing.TB, role Role, rate int) (*Conn, far) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := audiosockettest.Connect(t, l.Addr().String())
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewConn(conn.(*net.TCPConn), role, rate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Conn.Close()
		c.Close()
	})
	return c, far{client, c}
}

// arrive waits until what the client has sent can be read.
func (f far) arrive() {
	poll := [1]unix.PollFd{{Fd: int32(f.conn.fd), Events: unix.POLLIN}}
	_, _ = unix.Poll(poll[:], 5000)
}

func (f far) say(kind byte, pcm []int16) {
	f.Say(kind, pcm)
	f.arrive()
}

func flat(n, v int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(v)
	}
	return pcm
}

func TestConnIsAStream(t *testing.T) {
	for name, c := range map[string]struct {
		role Role
		rate int
		kind byte
	}{
		"voice side, 8 kHz": {VoiceSide, 8000, 0x10},
		"call side, 16 kHz": {CallSide, 16000, 0x12},
	} {
		t.Run(name, func(t *testing.T) {
			streamtest.Run(t, subject(c.role, c.rate, c.kind, func(c *Conn) media.Stream { return c }))
		})
	}
}

// subject is a Conn with something around it.
func subject(role Role, rate int, kind byte, wrap func(*Conn) media.Stream) streamtest.Factory {
	return func(t *testing.T) *streamtest.Subject {
		conn, f := pair(t, role, rate)
		sent := uint64(0)
		return &streamtest.Subject{
			Stream: wrap(conn),
			Say:    func(pcm []int16) { f.say(kind, pcm) },
			Hear: func() (samples int, peak int16) {
				for ; sent < conn.Stats().FramesOut; sent++ {
					pcm, _ := f.Hear(kind)
					samples += len(pcm)
					for _, v := range pcm {
						peak = max(peak, v)
					}
				}
				return samples, peak
			},
			Press: func(tone byte) { f.Press(tone); f.arrive() },
			End:   func() { f.Hangup(); f.arrive() },
		}
	}
}

func TestVoiceSideIsNeverSilentOnTheWire(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	if pcm, _ := f.Hear(0x10); len(pcm) != 160 || pcm[0] != 0 {
		t.Fatalf("before the first tick came %d samples, want a frame of silence", len(pcm))
	}
	for i := range 20 {
		c.WriteFrame(nil)
		if pcm, _ := f.Hear(0x10); len(pcm) != 160 {
			t.Fatalf("tick %d sent %d samples", i, len(pcm))
		}
	}
	if c.WriteDigit(media.Digit{Tone: '1'}) {
		t.Error("the voice side took a digit: it would end the call in Asterisk")
	}
}

func TestCallSideSendsGapsAsNothing(t *testing.T) {
	c, f := pair(t, CallSide, 8000)
	c.WriteFrame(nil)
	if !c.WriteDigit(media.Digit{Tone: '5'}) || !c.WriteDigit(media.Digit{Tone: '#'}) {
		t.Fatal("digits refused")
	}
	c.WriteFrame(nil)
	c.WriteFrame(flat(160, 7))
	for _, want := range []struct{ kind, first byte }{{wire.KindDTMF, '5'}, {wire.KindDTMF, '#'}, {0x10, 7}} {
		m, err := f.Next()
		if err != nil || byte(m.Kind()) != want.kind || m.Payload()[0] != want.first {
			t.Fatalf("got %v, %v; want kind %#x with %#x", m, err, want.kind, want.first)
		}
	}
}

// collect ticks n times and returns every sample heard, those of ReadMore
// included.
func collect(c *Conn, n int) (heard []int16) {
	pcm := make([]int16, media.FrameSize(c.Rate()))
	for range n {
		if c.ReadFrame(pcm) == media.Heard {
			heard = append(heard, pcm...)
		}
		for c.ReadMore(pcm) {
			heard = append(heard, pcm...)
		}
	}
	return heard
}

func TestOneByteFragments(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	var wireBytes []byte
	for i := range 3 {
		frame := []byte{0x10, 320 >> 8, 320 & 0xff}
		for j := range 160 {
			v := 1 + i*160 + j
			frame = append(frame, byte(v), byte(v>>8))
		}
		wireBytes = append(wireBytes, frame...)
	}
	var heard []int16
	for i := range wireBytes {
		f.Raw(wireBytes[i : i+1])
		f.arrive()
		heard = append(heard, collect(c, 1)...)
	}
	if len(heard) != 480 {
		t.Fatalf("%d samples heard, want 480", len(heard))
	}
	for i, v := range heard {
		if int(v) != i+1 {
			t.Fatalf("sample %d is %d", i, v)
		}
	}
}

func TestAnyFrameSizeAndRate(t *testing.T) {
	for kind, rate := range audioRates {
		for _, ms := range []int{1, 10, 20, 30, 60} {
			for _, ours := range []int{8000, 16000} {
				c, f := pair(t, VoiceSide, ours)
				size := rate * ms / 1000
				got := 0
				for sent := 0; sent < rate; sent += size {
					f.say(firstAudio+byte(kind), flat(size, 1000))
					got += len(collect(c, 1))
				}
				heard := collect(c, 20)
				if got += len(heard); got < ours*95/100 || got > ours*102/100 {
					t.Errorf("a second at %d Hz in frames of %d ms became %d samples at %d Hz", rate, ms, got, ours)
				}
				for _, v := range heard {
					if v != 1000 {
						t.Fatalf("%d Hz, %d ms: heard %d, want 1000", rate, ms, v)
					}
				}
			}
		}
	}
}
