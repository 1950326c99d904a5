package audiosocket

import (
	"errors"
	"log/slog"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"
	"golang.org/x/sys/unix"
)

const (
	// flushTimeout is how long Close waits for the peer to take what is left,
	// lingerTimeout how long after that for the peer to close.
	flushTimeout  = 500 * time.Millisecond
	lingerTimeout = time.Second
	closeStep     = 5 * time.Millisecond
)

// Close hangs up: the Stream ends at once; what is left of a frame goes out,
// from the VoiceSide a hang-up message after it, then FIN. It waits for the
// peer to close, at most 1.5 s in all, and reads meanwhile what still comes:
// closing with unread data would send RST, which ends the call in Asterisk
// instead of its dialplan step. Later calls do nothing.
func (c *Conn) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.endOnce.Do(func() { close(c.ended) })
	if n := c.in.stats.Dropped; n > 0 {
		slog.Warn("an audiosocket peer was too slow: frames were not sent", "peer", c.remote, "frames", n)
	}
	defer func() { _ = unix.Close(c.fd) }()
	if c.failed || !c.finish() {
		return
	}
	if unix.Shutdown(c.fd, unix.SHUT_WR) == nil {
		c.await(lingerTimeout, c.peerClosed)
	}
}

// finish sends what must still go out.
func (c *Conn) finish() bool {
	if !c.await(flushTimeout, c.push) {
		return false
	}
	if c.role == VoiceSide {
		c.out.rest = append(c.out.buffer[:0], wire.HangupMessage()...)
	}
	return c.await(flushTimeout, c.push)
}

// peerClosed throws away what has come and says whether that was the end.
func (c *Conn) peerClosed() bool {
	for {
		_, err := read(c.fd, c.buffer)
		if err != nil {
			return errors.Is(err, errGone)
		}
	}
}

// await tries done until it succeeds or the time is over. It gives the lock
// up in between: nobody but Close uses the descriptor any more, and the tick
// must not wait for it.
func (c *Conn) await(limit time.Duration, done func() bool) bool {
	for deadline := time.Now().Add(limit); ; {
		if done() {
			return true
		}
		if c.failed || time.Now().After(deadline) {
			return false
		}
		c.mu.Unlock()
		time.Sleep(closeStep)
		c.mu.Lock()
	}
}
