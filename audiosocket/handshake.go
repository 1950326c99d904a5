package audiosocket

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"
	"github.com/google/uuid"
)

// readID reads the first message, which must be the UUID. Error: it is not,
// or does not come within limit.
func readID(conn net.Conn, limit time.Duration) (uuid.UUID, error) {
	if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return uuid.Nil, fmt.Errorf("read uuid: %w", err)
	}
	b := make([]byte, headerSize+idSize)
	if _, err := io.ReadFull(conn, b[:headerSize]); err != nil {
		return uuid.Nil, fmt.Errorf("read uuid: %w", err)
	}
	m := wire.MessageFromData(b)
	if m.Kind() != wire.KindID || m.ContentLength() != idSize {
		return uuid.Nil, fmt.Errorf("%w: first message of kind %#02x with %d bytes", errGarbage, byte(m.Kind()), m.ContentLength())
	}
	if _, err := io.ReadFull(conn, b[headerSize:]); err != nil {
		return uuid.Nil, fmt.Errorf("read uuid: %w", err)
	}
	return m.ID()
}

// Dial connects to a server as the call side and sends the UUID. The Conn's
// Stream has a rate of 8000 or 16000 Hz.
func Dial(ctx context.Context, address string, id uuid.UUID, rate int, resample Resample) (*Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial audiosocket: %w", err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetWriteDeadline(deadline)
	}
	if _, err := conn.Write(wire.IDMessage(id)); err != nil {
		conn.Close()
		return nil, fmt.Errorf("send uuid: %w", err)
	}
	return NewConn(conn.(*net.TCPConn), CallSide, rate, resample)
}
