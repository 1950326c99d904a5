// Package audiosockettest has clients for tests of AudioSocket servers: one
// that is as strict as Asterisk, and the means to be as bad as one likes.
package audiosockettest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"
	"github.com/google/uuid"
)

// patience is how long a test waits for a message that must come.
const patience = 10 * time.Second

// Client is the client's end of an AudioSocket connection.
type Client struct {
	t    testing.TB
	Conn *net.TCPConn
	b    []byte
}

// Connect dials address and sends nothing.
func Connect(t testing.TB, address string) *Client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return Wrap(t, conn.(*net.TCPConn))
}

// Wrap makes a Client of a connection.
func Wrap(t testing.TB, conn *net.TCPConn) *Client {
	return &Client{t: t, Conn: conn}
}

// Dial connects as Asterisk does: the UUID comes first.
func Dial(t testing.TB, address string, id uuid.UUID) *Client {
	t.Helper()
	c := Connect(t, address)
	c.Raw(wire.IDMessage(id))
	return c
}

// Raw sends bytes as they are, in one write.
func (c *Client) Raw(b []byte) {
	c.t.Helper()
	if _, err := c.Conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// Message sends a message of any kind and length.
func (c *Client) Message(kind byte, payload []byte) {
	c.t.Helper()
	c.b = append(c.b[:0], kind)
	c.b = binary.BigEndian.AppendUint16(c.b, uint16(len(payload)))
	c.b = append(c.b, payload...)
	c.Raw(c.b)
}

// Say sends audio of a kind.
func (c *Client) Say(kind byte, pcm []int16) {
	c.t.Helper()
	c.b = append(c.b[:0], kind)
	c.b = binary.BigEndian.AppendUint16(c.b, uint16(2*len(pcm)))
	for _, v := range pcm {
		c.b = binary.LittleEndian.AppendUint16(c.b, uint16(v))
	}
	c.Raw(c.b)
}

// Press sends a digit.
func (c *Client) Press(tone byte) {
	c.t.Helper()
	c.Message(wire.KindDTMF, []byte{tone})
}

// Next reads the next message. Error: io.EOF after the server's FIN, or what
// else reading says.
func (c *Client) Next() (wire.Message, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	var header [3]byte
	if _, err := io.ReadFull(c.Conn, header[:]); err != nil {
		return nil, err
	}
	m := make([]byte, 3+int(binary.BigEndian.Uint16(header[1:])))
	copy(m, header[:])
	if _, err := io.ReadFull(c.Conn, m[3:]); err != nil {
		return nil, fmt.Errorf("in mid message: %w", err)
	}
	return m, nil
}

// Hear reads the next message as strictly as Asterisk: anything but audio of
// the kind that is expected, or no audio at all, fails the test. hungUp is
// true for a hang-up message.
func (c *Client) Hear(kind byte) (pcm []int16, hungUp bool) {
	c.t.Helper()
	m, err := c.Next()
	if err != nil {
		c.t.Fatalf("the server broke off: %v", err)
	}
	if m.Kind() == wire.KindHangup {
		return nil, true
	}
	if byte(m.Kind()) != kind || m.ContentLength() == 0 {
		c.t.Fatalf("a message of kind %#02x with %d bytes: Asterisk would drop the call", byte(m.Kind()), m.ContentLength())
	}
	for b := m.Payload(); len(b) > 0; b = b[2:] {
		pcm = append(pcm, int16(binary.LittleEndian.Uint16(b)))
	}
	return pcm, false
}

// Hangup ends the call as a caller who hangs up: a plain FIN.
func (c *Client) Hangup() {
	c.t.Helper()
	if err := c.Conn.CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// Reset ends the connection with RST.
func (c *Client) Reset() {
	c.t.Helper()
	if err := c.Conn.SetLinger(0); err != nil {
		c.t.Fatal(err)
	}
	_ = c.Conn.Close()
}
