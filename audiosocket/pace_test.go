package audiosocket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"

	"parley/media"
)

// numbered is n samples that count up from first.
func numbered(first, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(first + i)
	}
	return pcm
}

// A flood is neither lost nor held in memory: TCP holds the sender back, and
// a reader that takes more gets it faster than real time.
func TestFloodIsHeldBackAndCaughtUp(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	const frames = 190 // 30400 samples, so that each has a number of its own
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range frames {
			f.Say(0x10, numbered(1+160*i, 160))
		}
	}()
	f.arrive()
	pcm := make([]int16, 160)
	next, ticks := 1, 0
	check := func() {
		for _, v := range pcm {
			if int(v) != next {
				t.Fatalf("sample %d instead of %d", v, next)
			}
			next++
		}
	}
	for next <= frames*160 {
		ticks++
		if c.in.size < 160 {
			f.arrive()
		}
		if c.ReadFrame(pcm) == media.Heard {
			check()
		}
		for n := 0; c.ReadMore(pcm); n++ {
			if n == morePerTick {
				t.Fatalf("more than %d frames beside the tick's", morePerTick)
			}
			check()
		}
		if c.in.size > len(c.in.ring) {
			t.Fatalf("%d samples held", c.in.size)
		}
		if ticks > 20*frames {
			t.Fatal("the flood never ends")
		}
	}
	<-sent
}

func TestReadMoreNeedsAheadSender(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	pcm := make([]int16, 160)
	for range 20 { // in step
		f.say(0x10, flat(160, 1))
		c.ReadFrame(pcm)
		if c.ReadMore(pcm) {
			t.Fatal("a sender in step is said to be ahead")
		}
	}
}

// A reader that takes one frame a tick does not keep the delay of a burst.
func TestLastingBacklogIsShed(t *testing.T) {
	c, f := pair(t, CallSide, 8000)
	pcm := make([]int16, 160)
	for range 6 {
		f.say(0x10, flat(160, 1))
	}
	for range briefWindow + 5 {
		f.say(0x10, flat(160, 1))
		c.ReadFrame(pcm)
	}
	if got := c.Stats().Shed; got < 4 || got > 6 || c.in.size > 160 {
		t.Errorf("half a second after a burst of 6 frames %d are shed and %d samples are held", got, c.in.size)
	}
	for range 400 {
		f.say(0x10, flat(160, 1))
		c.ReadFrame(pcm)
	}
	if got := c.Stats(); c.in.size > 160 || got.Shed > 6 || got.Gaps+got.Concealed > 0 {
		t.Errorf("after seconds %d samples are still held, %+v", c.in.size, got)
	}
}

// A peer that does not read loses whole frames; what it reads later is whole.
func TestSlowPeerLosesWholeFrames(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	for i := range 20000 {
		c.WriteFrame(flat(160, 1+i%30000))
		if c.Stats().Dropped > 50 {
			break
		}
	}
	dropped := c.Stats().Dropped
	if dropped == 0 {
		t.Fatal("20000 unread frames and none was dropped")
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // the tick goes on while the peer reads again
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				c.WriteFrame(flat(160, 31000))
			}
		}
	}()
	last := -1
	for last != 31000 {
		pcm, _ := f.Hear(0x10)
		if len(pcm) != 160 || int(pcm[0]) < last {
			t.Fatalf("a frame of %d samples, %d after %d", len(pcm), pcm[0], last)
		}
		for _, v := range pcm {
			if v != pcm[0] {
				t.Fatalf("a frame holds %d and %d: messages are mixed", pcm[0], v)
			}
		}
		last = int(pcm[0])
	}
	close(stop)
	<-done
}

// Closing sends the rest, the hang-up message and FIN, not RST, although
// audio lies unread in the socket.
func TestCloseHangsUpInOrder(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	f.say(0x10, flat(160, 1)) // never read
	c.WriteFrame(flat(160, 2))
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		c.Close()
	}()
	var kinds []byte
	for {
		m, err := f.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("after kinds %x: %v", kinds, err)
		}
		kinds = append(kinds, byte(m.Kind()))
	}
	if !bytes.Equal(kinds, []byte{0x10, 0x10, wire.KindHangup}) {
		t.Errorf("kinds %x, want silence, a frame and the hang-up", kinds)
	}
	f.Hangup()
	<-closed
	if mark := c.ReadFrame(make([]int16, 160)); mark != media.End {
		t.Errorf("after Close the Stream gives %s", mark)
	}
}

func TestCallSideHangsUpWithPlainFIN(t *testing.T) {
	c, f := pair(t, CallSide, 8000)
	go c.Close()
	if m, err := f.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, %v; want nothing but FIN", m, err)
	}
}

func TestKeeperStepsInForABusyProgram(t *testing.T) {
	c, f := pair(t, VoiceSide, 8000)
	k := newKeeper(c)
	pcm := make([]int16, 160)
	f.Hear(0x10) // the first, of NewConn
	for range 5 {
		k.Tick(0) // the program has not begun
		f.Hear(0x10)
	}
	before := c.Stats().FramesOut
	for range 50 { // the program is in step
		c.ReadFrame(pcm)
		c.WriteFrame(nil)
		k.Tick(0)
	}
	if got := c.Stats().FramesOut - before; got != 50 {
		t.Errorf("%d frames in 50 ticks of the program", got)
	}
	before = c.Stats().FramesOut
	for range 50 { // the program is stuck; the peer talks on
		f.say(0x10, flat(160, 1))
		k.Tick(0)
	}
	if got := c.Stats().FramesOut - before; got != 50-keepAfter {
		t.Errorf("%d frames in 50 ticks of a stuck program, want %d", got, 50-keepAfter)
	}
	f.Hangup()
	f.arrive()
	for range 20 {
		k.Tick(0)
	}
	<-c.Ended() // seen although the program does not read
	_ = f.Conn.Close()
	c.Close()
	if k.Tick(0) {
		t.Error("the keeper stays on the clock after Close")
	}
}

// frames returns the messages of n frames of 8 kHz.
func frames(n int) (b []byte) {
	for range n {
		b = append(b, 0x10)
		b = binary.BigEndian.AppendUint16(b, 320)
		b = append(b, make([]byte, 320)...)
	}
	return b
}

// found writes down what a parser finds.
type found struct {
	samples int
	digits  []byte
	over    bool
}

func (f *found) audio(rate int, data []byte) {
	if len(data) == 0 || len(data)%2 != 0 || rate < 8000 || rate > 192000 {
		panic("the parser gave away half a sample")
	}
	f.samples += len(data) / 2
}
func (f *found) digit(tone byte) { f.digits = append(f.digits, tone) }
func (f *found) hangup()         { f.over = true }

// FuzzParser proves that fragments do not matter: whole and byte by byte, the
// parser finds the same.
func FuzzParser(f *testing.F) {
	f.Add(frames(2))
	f.Add([]byte{0x03, 0, 1, '5', 0x10, 0, 0, 0x77, 0, 2, 1, 2, 0x18, 0, 2, 3, 4, 0})
	f.Add([]byte{0x10, 0, 3, 1, 2, 3})
	f.Add([]byte{0x01, 0, 16})
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var whole, bits found
		var p, q parser
		err := p.feed(data, &whole)
		var bitErr error
		for i := range data {
			if bitErr = q.feed(data[i:i+1], &bits); bitErr != nil || bits.over {
				break
			}
		}
		if (err == nil) != (bitErr == nil) || whole.samples != bits.samples || whole.over != bits.over || !bytes.Equal(whole.digits, bits.digits) {
			t.Fatalf("whole: %+v %v; byte by byte: %+v %v", whole, err, bits, bitErr)
		}
		if p.unknown != q.unknown || p.frames != q.frames {
			t.Fatalf("%d and %d unknown, %d and %d frames", p.unknown, q.unknown, p.frames, q.frames)
		}
	})
}

func BenchmarkConnFrame(b *testing.B) {
	c, f := pair(b, VoiceSide, 8000)
	pcm, back := make([]int16, 160), make([]byte, 323)
	message := frames(1)
	b.ReportAllocs()
	for b.Loop() { // one frame in and one out, the client's write and read included
		f.Raw(message)
		c.ReadFrame(pcm)
		c.WriteFrame(pcm)
		if _, err := io.ReadFull(f.Conn, back); err != nil {
			b.Fatal(err)
		}
	}
}
