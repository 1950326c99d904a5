package audiosocket

import (
	"context"
	"log/slog"
	"testing"

	wire "github.com/CyCoreSystems/audiosocket"

	"parley/media"
)

func TestUnknownKindsAreSkippedAndCounted(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	for _, m := range []struct {
		kind    byte
		payload []byte
	}{{0x02, nil}, {0x77, make([]byte, 300)}, {wire.KindError, []byte{4}}, {0x10, nil}} {
		f.Message(m.kind, m.payload)
	}
	f.say(0x10, flat(160, 5))
	if heard := collect(c, 1); len(heard) != 160 || heard[0] != 5 {
		t.Errorf("%d samples heard after unknown kinds", len(heard))
	}
	if got := c.MediaStats(); got.Malformed != 3 || got.PacketsIn != 1 {
		t.Errorf("the record would say %+v, want 3 malformed and 1 in: an empty frame of audio is neither", got)
	}
}

func TestGarbageEndsTheConnection(t *testing.T) {
	for name, bad := range map[string][]byte{
		"absurd audio": {0x10, 0xff, 0xfe}, "half a sample": {0x10, 0, 3}, "absurd length": {0x77, 0xff, 0xff},
		"two digits": {0x03, 0, 2}, "text": []byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		c, f := pair(t, VoiceSide, 8000)
		f.Raw(bad)
		f.arrive()
		var mark media.Mark
		for range 3 {
			mark = c.ReadFrame(make([]int16, 160))
		}
		if mark != media.End {
			t.Errorf("%s: the Stream goes on with %s", name, mark)
		}
		<-c.Ended()
	}
}

func TestHangups(t *testing.T) {
	for name, end := range map[string]func(f far){
		"FIN":            func(f far) { f.Hangup() },
		"RST":            func(f far) { f.Reset() },
		"message":        func(f far) { f.Message(wire.KindHangup, nil) },
		"half a message": func(f far) { f.Raw([]byte{0x10, 1}); f.Hangup() },
	} {
		c, f := pair(t, VoiceSide, 8000)
		if name != "RST" { // a reset throws away what was not read
			f.say(0x10, flat(240, 9))
		}
		end(f)
		f.arrive()
		var heard int
		pcm := make([]int16, 160)
		for i := 0; ; i++ {
			mark := c.ReadFrame(pcm)
			if mark == media.End {
				break
			}
			if mark == media.Heard {
				heard++
			}
			if i > 50 {
				t.Fatalf("%s: no end", name)
			}
			if i > 2 {
				f.arrive()
			}
		}
		if name != "RST" && heard != 2 {
			t.Errorf("%s: %d frames heard before the end, want what came before it, the last one filled up", name, heard)
		}
		<-c.Ended()
	}
}

// TestHangupIsKnownWithTheEnd: whoever reads the End can ask at once whether
// the peer hung up, even if nothing but the hang-up came.
func TestHangupIsKnownWithTheEnd(t *testing.T) {
	c, f := pair(t, CallSide, 8000)
	f.Message(0x00, nil)
	f.arrive()
	if mark := c.ReadFrame(make([]int16, 160)); mark != media.End {
		t.Fatalf("after the hang-up came %v", mark)
	}
	select {
	case <-c.Ended():
	default:
		t.Error("the Stream is over, but the peer's hang-up is not known")
	}
}

func TestStallsBecomeGaps(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	f.say(0x10, flat(160, 1000))
	var got []media.Mark
	pcm := make([]int16, 160)
	for range 6 {
		got = append(got, c.ReadFrame(pcm))
	}
	f.say(0x10, flat(160, 1000))
	got = append(got, c.ReadFrame(pcm))
	want := []media.Mark{media.Heard, media.Concealed, media.Concealed, media.Concealed, media.Gap, media.Gap, media.Heard}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("marks %v, want %v", got, want)
		}
	}
}

// counter counts log lines.
type counter struct {
	slog.Handler
	lines []string
}

func (c *counter) Enabled(context.Context, slog.Level) bool { return true }
func (c *counter) Handle(_ context.Context, r slog.Record) error {
	c.lines = append(c.lines, r.Message)
	return nil
}

// Dial(AudioSocket/…) without c(slin) sends the channel's own codec as slin:
// 160 bytes per 20 ms. That cannot be right, and is said once.
func TestCodecInLinearFramesIsToldOnce(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	for name, c := range map[string]struct {
		samples, perTick, want int
	}{"a codec": {80, 1, 1}, "10 ms": {80, 2, 0}, "20 ms": {160, 1, 0}} {
		log := &counter{}
		slog.SetDefault(slog.New(log))
		conn, f := pair(t, VoiceSide, 8000)
		for range 150 {
			for range c.perTick {
				f.say(0x10, flat(c.samples, 1))
			}
			conn.ReadFrame(make([]int16, 160))
		}
		if len(log.lines) != c.want {
			t.Errorf("%s: %q logged, want %d lines", name, log.lines, c.want)
		}
	}
}
