package foreign

import (
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/audiosocket/audiosockettest"
	"parley/media"
	"parley/test/harness"
)

// asterisk is a client that behaves as Asterisk does: it sends a frame of
// 20 ms for each that it gets, and is strict about what it gets. The server's
// frames are its clock.
type asterisk struct {
	*audiosockettest.Client
	t    *testing.T
	kind byte
	rate int

	sendRate int               // of what it sends
	say      func(pcm []int16) // one frame; as Asterisk does, unless a test does it otherwise

	frames    int // heard
	loud      int // of them, those with sound
	quiet     int // in a row, since the last with sound
	hungUp    bool
	firstLoud int // the number of the first frame with sound, 0: none yet
}

func dial(t *testing.T, p *harness.Parley, id uuid.UUID, kind byte, rate int) *asterisk {
	t.Helper()
	a := &asterisk{Client: audiosockettest.Dial(t, p.AudioSocket, id), t: t, kind: kind, rate: rate, sendRate: rate}
	a.say = func(pcm []int16) { a.Say(kind, pcm) }
	return a
}

// turn hears a frame and says one; nil is silence. It returns false when the
// server has hung up.
func (a *asterisk) turn(pcm []int16) bool {
	a.t.Helper()
	heard, hungUp := a.Hear(a.kind)
	if hungUp {
		a.hungUp = true
		return false
	}
	n := media.FrameSize(a.rate)
	if len(heard) != n {
		a.t.Fatalf("a frame of %d samples: want 20 ms, which are %d", len(heard), n)
	}
	a.frames++
	a.quiet++
	if rms(heard) > 200 {
		a.loud++
		a.quiet = 0
		if a.firstLoud == 0 {
			a.firstLoud = a.frames
		}
	}
	frame := make([]int16, media.FrameSize(a.sendRate))
	copy(frame, pcm)
	a.say(frame)
	return true
}

func rms(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

// limit bounds each wait, in frames: half a minute.
const limit = 1500

// untilQuiet waits until the robot has spoken and then been silent for 0.7 s.
func (a *asterisk) untilQuiet() {
	a.t.Helper()
	for before, n := a.loud, 0; a.loud == before || a.quiet < 35; n++ {
		if n > limit || !a.turn(nil) {
			a.t.Fatalf("the robot did not speak and wait: %d frames, %d with sound", a.frames, a.loud)
		}
	}
}

// speak says a text with another voice than the robot's.
func (a *asterisk) speak(text string) {
	a.t.Helper()
	pcm, err := media.LoadSound(harness.Speak(a.t, "rms", text), a.sendRate)
	if err != nil {
		a.t.Fatal(err)
	}
	for n := media.FrameSize(a.sendRate); len(pcm) > 0; pcm = pcm[min(n, len(pcm)):] {
		if !a.turn(pcm[:min(n, len(pcm))]) {
			a.t.Fatal("the server hung up while the caller spoke")
		}
	}
}

// untilHangup waits until the server hangs up in words and closes.
func (a *asterisk) untilHangup() {
	a.t.Helper()
	for n := 0; a.turn(nil); n++ {
		if n > limit {
			a.t.Fatal("the server does not hang up")
		}
	}
	if _, err := a.Next(); !errors.Is(err, io.EOF) {
		a.t.Errorf("after the hang-up message came %v, want FIN", err)
	}
	_ = a.Conn.Close()
}

// gone waits until the server has closed, whatever it says before.
func gone(t *testing.T, c *audiosockettest.Client) {
	t.Helper()
	for end := time.Now().Add(harness.Patience); time.Now().Before(end); {
		if _, err := c.Next(); err != nil {
			return
		}
	}
	t.Error("the server goes on talking")
}
