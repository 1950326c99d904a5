package main

import (
	"encoding/binary"
	"net"
	"sync"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"
	"github.com/google/uuid"
)

// wireCaller is the call side of an AudioSocket, no code of Parley's: it
// sends 20 ms at a time, paced by a bank, and notes when the robot's frames
// come.
type wireCaller struct {
	conn net.Conn

	mu      sync.Mutex
	say     []int16
	sent    int
	end     int       // the last voiced sample of what is said
	endAt   time.Time // when the frame with it was sent
	first   time.Time // of the robot's first audible frame since then
	audible int       // audible frames in all
	out     []byte
}

func dialWire(address string, id uuid.UUID) (*wireCaller, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &wireCaller{conn: conn, out: make([]byte, 3+320)}
	c.out[0], c.out[1], c.out[2] = wire.KindSlin, 1, 64
	if _, err := conn.Write(wire.IDMessage(id)); err != nil {
		return nil, err
	}
	go c.listen()
	return c, nil
}

// tick sends the next frame.
func (c *wireCaller) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.out[3:])
	n := min(160, len(c.say))
	for i, v := range c.say[:n] {
		binary.LittleEndian.PutUint16(c.out[3+2*i:], uint16(v))
	}
	c.say = c.say[n:]
	if n > 0 && c.end >= c.sent && c.end < c.sent+n {
		c.endAt, c.first = time.Now(), time.Time{}
	}
	c.sent += n
	_, _ = c.conn.Write(c.out) // a lost connection shows in what is not answered
}

func (c *wireCaller) utter(s sound) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say, c.sent, c.end, c.endAt, c.first = s.pcm, 0, s.end, time.Time{}, time.Time{}
}

func (c *wireCaller) listen() {
	for {
		m, err := wire.NextMessage(c.conn)
		if err != nil {
			return
		}
		now := time.Now()
		p := m.Payload()
		if m.Kind() != wire.KindSlin || len(p) < 2 {
			continue
		}
		v := int16(binary.LittleEndian.Uint16(p))
		if v == 0 {
			continue
		}
		c.mu.Lock()
		c.audible++
		if !c.endAt.IsZero() && c.first.IsZero() {
			c.first = now
		}
		c.mu.Unlock()
	}
}
