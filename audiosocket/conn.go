package audiosocket

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"parley/media"
)

// Role is which end of the wire a Conn is.
type Role uint8

const (
	// VoiceSide accepted the connection. It sends silence when there is
	// nothing to say, for ever, may hang up in words, and cannot send digits.
	VoiceSide Role = iota
	// CallSide dialled. It sends nothing when the party sends nothing, so
	// that the voice side can tell a gap from silence.
	CallSide
)

// Conn is one AudioSocket connection after the UUID: a media.Stream that the
// tick reads and writes without a goroutine of its own.
//
// Pace. A sender may be ahead of us: up to 200 ms are held, more is held back
// by TCP and lost nowhere. Whoever can take audio faster than real time calls
// ReadMore after ReadFrame; while the backlog stays above 60 ms without that,
// a frame is left out every half second, and while it stays above 20 ms every
// two seconds, so that delay does not stay. When
// nothing comes, three frames are Concealed, then Gaps follow.
//
// Its methods are safe for concurrent use, so that Close may come at any time.
type Conn struct {
	role   Role
	remote string

	mu     sync.Mutex
	fd     int
	closed bool
	failed bool // reading is over: the peer is gone or sent garbage
	in     inbound
	out    outbound
	parser parser
	buffer []byte

	ended    chan struct{} // closed when the peer has hung up
	endOnce  sync.Once
	watch    // what the tick of the program has done
	bareTold bool
}

// readSize is what one read of the socket takes at most.
const readSize = 2048

// NewConn makes a Conn of a TCP connection over which the UUID has gone, and
// owns it. rate is the Stream's, 8000 or 16000 Hz; what the peer sends at
// other rates is converted. A VoiceSide's first frame of silence goes out at
// once.
func NewConn(conn *net.TCPConn, role Role, rate int) (*Conn, error) {
	kind, ok := kindOf(rate)
	if !ok {
		_ = conn.Close()
		return nil, fmt.Errorf("audiosocket: no kind for audio at %d Hz", rate)
	}
	remote := conn.RemoteAddr().String()
	fd, err := detach(conn)
	if err != nil {
		return nil, err
	}
	c := &Conn{role: role, remote: remote, fd: fd, buffer: make([]byte, readSize), ended: make(chan struct{})}
	c.in.setUp(rate)
	c.out.setUp(kind, rate)
	if role == VoiceSide {
		c.say(nil, true)
	}
	return c, nil
}

// Rate implements media.Stream.
func (c *Conn) Rate() int { return c.in.rate }

// Ended is closed when the peer has hung up, closed the connection or sent
// garbage, even if audio is still to be read.
func (c *Conn) Ended() <-chan struct{} { return c.ended }

// ReadFrame implements media.Stream.
func (c *Conn) ReadFrame(pcm []int16) media.Mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	if c.closed {
		clear(pcm)
		return media.End
	}
	c.drain()
	return c.in.next(pcm)
}

// ReadMore fills pcm with another frame if the sender is ahead of real time,
// at most twice a tick; else it returns false and pcm is as it was.
func (c *Conn) ReadMore(pcm []int16) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.closed && c.in.extra(pcm)
}

// WriteFrame implements media.Stream.
func (c *Conn) WriteFrame(pcm []int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	if !c.closed {
		c.say(pcm, pcm != nil || c.role == VoiceSide)
	}
}

// ReadDigit implements media.Stream.
func (c *Conn) ReadDigit() (media.Digit, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.in.digits.Pop()
}

// WriteDigit implements media.Stream. The voice side has no digits: sending
// one would end the call in Asterisk.
func (c *Conn) WriteDigit(d media.Digit) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.role == CallSide && !c.closed && !c.failed && media.ValidTone(d.Tone) && c.out.digits.Push(d)
}

// Stats returns the counters.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.in.stats
	s.Unknown += c.parser.unknown
	return s
}

// drain parses what the socket has, as far as there is room for it. Its end is
// known at once: the reader may be told so in this very tick.
func (c *Conn) drain() {
	c.receive()
	if c.failed || c.in.over {
		c.endOnce.Do(func() { close(c.ended) })
	}
}

func (c *Conn) receive() {
	for !c.failed && !c.in.over {
		room := min(c.in.room(), len(c.buffer))
		if room <= 0 {
			return // TCP holds the sender back
		}
		n, err := read(c.fd, c.buffer[:room])
		if errors.Is(err, errAgain) {
			c.checkBare()
			return
		}
		if err == nil {
			err = c.parser.feed(c.buffer[:n], &c.in)
		}
		if errors.Is(err, errGarbage) {
			slog.Warn("audiosocket connection dropped", "peer", c.remote, "error", err)
		}
		if err != nil {
			c.fail()
		} else if n < room && !c.in.over {
			c.checkBare() // the socket had no more; a FIN is seen in the next tick
			return
		}
	}
}

// fail ends both directions; what was received is still read.
func (c *Conn) fail() {
	c.failed, c.in.over = true, true
}

// say sends this tick's write, after what is left of the one before.
func (c *Conn) say(pcm []int16, voice bool) {
	if c.failed {
		return
	}
	if !c.push() {
		if voice {
			c.in.stats.Dropped++
		}
		return
	}
	c.out.compose(pcm, voice)
	if voice {
		c.in.stats.FramesOut++
	}
	c.push()
}

// push writes what is left and reports whether it is gone.
func (c *Conn) push() bool {
	if len(c.out.rest) == 0 {
		return true
	}
	n, err := write(c.fd, c.out.rest)
	if err != nil {
		c.fail()
		return false
	}
	c.out.rest = c.out.rest[n:]
	return len(c.out.rest) == 0
}

// checkBare warns once of an Asterisk that puts its channel's own codec into
// kind 0x10: then 20 ms are 160 bytes, and half of the ticks find nothing.
func (c *Conn) checkBare() {
	const enough = 100
	if c.bareTold || c.parser.frames != enough {
		return
	}
	c.bareTold = true
	missing := c.in.stats.Gaps + c.in.stats.Concealed
	if c.parser.bare == enough && missing >= enough*4/10 {
		slog.Warn("audiosocket peer sends its codec instead of linear audio: dial it with c(slin)", "peer", c.remote)
	}
}
