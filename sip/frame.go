package sip

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"
)

const (
	// maxMessage bounds one SIP message over a stream or WebSocket, in bytes.
	maxMessage = 65535
	// messageTime is how long a message may take from its first byte to its
	// last, and a new connection to its first message.
	messageTime = 10 * time.Second
)

// framed is a connection as sipgo sees it: a stream of whole messages, each
// of which has passed the guard and the screen. So a message that cannot be
// parsed costs itself, not the connection nor, if the parser breaks, the
// process; and who sends slowly holds nothing but his own connection.
type framed struct {
	net.Conn
	local, remote netip.AddrPort
	tap           func(from, to netip.AddrPort, message []byte)
	admits        func([]byte) bool
	screen        *screen
	idle          func() time.Duration // 0: for ever
	// message reads a message where the transport knows where it ends
	// (WebSocket); nil if Content-Length tells.
	message func() ([]byte, error)

	in    []byte // not yet a message
	out   []byte // messages that sipgo has not read yet
	begun time.Time
	heard bool // there has been a message
}

// errFraming is a stream that has lost its message borders.
var errFraming = errors.New("SIP stream: no message borders")

// Read implements net.Conn.
func (f *framed) Read(b []byte) (int, error) {
	for len(f.out) == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, f.out)
	f.out = f.out[n:]
	return n, nil
}

// Write implements net.Conn: b is one message.
func (f *framed) Write(b []byte) (int, error) {
	f.tap(f.local, f.remote, b)
	return f.Conn.Write(b)
}

// next waits for a message; if it passes, it stands in f.out.
func (f *framed) next() error {
	if f.message != nil {
		f.deadline(time.Now())
		m, err := f.message()
		switch {
		case err != nil:
			return err
		case len(bytes.Trim(m, "\r\n")) > 0:
			f.take(measured(m))
		case len(m) >= len(headEnd): // a ping (RFC 7118 §6)
			f.heard = true
			_, _ = f.Conn.Write([]byte("\r\n"))
		}
		return nil
	}
	for {
		f.skipKeepAlives()
		n, err := frame(f.in)
		if err != nil {
			f.refuse(err)
			return err
		}
		if n > 0 {
			f.take(f.in[:n])
			f.in = f.in[n:]
			f.begun = time.Time{}
			return nil
		}
		if err := f.more(); err != nil {
			return err
		}
	}
}

// more reads what there is.
func (f *framed) more() error {
	now := time.Now()
	if len(f.in) > 0 && f.begun.IsZero() {
		f.begun = now
	}
	f.deadline(now)
	var piece [4096]byte
	n, err := f.Conn.Read(piece[:])
	f.in = append(f.in, piece[:n]...)
	if n > 0 {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", net.ErrClosed, err)
	}
	return err
}

// deadline sets until when something has to come.
func (f *framed) deadline(now time.Time) {
	var end time.Time
	switch idle := f.idle(); {
	case !f.begun.IsZero():
		end = f.begun.Add(messageTime)
	case !f.heard:
		end = now.Add(messageTime)
	case idle > 0:
		end = now.Add(idle)
	}
	_ = f.SetReadDeadline(end)
}

// take hands a message to sipgo, if it passes.
func (f *framed) take(m []byte) {
	f.heard = true
	if !f.admits(m) {
		return
	}
	f.tap(f.remote, f.local, m)
	_, ok := outline(m)
	if !ok {
		m = normal(m)
		_, ok = f.screen.passes(f.Write, m)
	}
	if ok {
		f.out = bytes.Clone(m)
	}
}

// refuse tells the sender of a message that has no end why he is cut off.
func (f *framed) refuse(err error) {
	f.screen.malformed.Add(1)
	status := "400 Bad Request"
	if errors.Is(err, errTooLarge) {
		status = "513 Message Too Large"
	}
	if f.admits(f.in) {
		if res := bareResponse(f.in, status); res != nil {
			_, _ = f.Write(res)
		}
	}
}

// skipKeepAlives takes empty lines from before a message (§7.5), and answers
// a ping (RFC 5626 §3.5.1).
func (f *framed) skipKeepAlives() {
	for {
		switch {
		case bytes.HasPrefix(f.in, []byte("\r\n\r\n")):
			f.heard = true
			_, _ = f.Conn.Write([]byte("\r\n"))
			f.in = f.in[4:]
		case bytes.HasPrefix(f.in, []byte("\r\n")) && len(f.in) > 2 && f.in[2] != '\r':
			f.in = f.in[2:]
		case bytes.HasPrefix(f.in, []byte("\n")) || bytes.HasPrefix(f.in, []byte{0}):
			f.in = f.in[1:]
		default:
			return
		}
	}
}

var (
	errTooLarge = fmt.Errorf("%w: a message of more than %d bytes", errFraming, maxMessage)
	headEnd     = []byte("\r\n\r\n")
)

// frame is the length of the message that b begins with, 0 if it is not
// complete (§18.3).
func frame(b []byte) (int, error) {
	at := bytes.Index(b, headEnd)
	if at < 0 {
		if len(b) > maxMessage {
			return 0, errTooLarge
		}
		if i := bytes.IndexByte(b, '\n'); i > 0 && !bytes.Contains(b[:i], []byte("SIP/")) || i < 0 && len(b) > 2048 {
			return 0, fmt.Errorf("%w: no SIP", errFraming)
		}
		return 0, nil
	}
	length, ok, err := contentLength(b[:at+2])
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, fmt.Errorf("%w: no Content-Length", errFraming)
	}
	n := at + len(headEnd) + length
	if n > maxMessage {
		return 0, errTooLarge
	}
	if n > len(b) {
		return 0, nil
	}
	return n, nil
}

// contentLength reads the header of that name, or its short form l; ok is
// false if there is none. Several have to agree.
func contentLength(head []byte) (n int, ok bool, err error) {
	for line := range bytes.Lines(head) {
		name, value, found := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !found || !bytes.EqualFold(name, []byte("l")) && !bytes.EqualFold(name, []byte("content-length")) {
			continue
		}
		length, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil || ok && int(length) != n {
			return 0, false, fmt.Errorf("%w: Content-Length %.40q", errFraming, bytes.TrimSpace(value))
		}
		n, ok = int(length), true
	}
	return n, ok, nil
}

// measured gives a message of a WebSocket a Content-Length if it has none:
// it needs none there (RFC 7118 §5.3), and sipgo wants one.
func measured(m []byte) []byte {
	m = bytes.TrimLeft(m, "\r\n")
	at := bytes.Index(m, headEnd)
	if at < 0 {
		return m
	}
	if _, ok, err := contentLength(m[:at+2]); ok || err != nil {
		return m
	}
	body := m[at+len(headEnd):]
	head := append(bytes.Clone(m[:at+2]), fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))...)
	return append(head, body...)
}
