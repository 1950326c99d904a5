package deepgramtest

import (
	"context"
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/coder/websocket"
)

// Mouth is one connection to /v1/speak.
type Mouth struct {
	Conn
	text     strings.Builder
	sequence int
}

// Speak speaks as the service does: a tone of 80 ms for each letter.
func Speak(m *Mouth) {
	m.Send(M{"type": "Metadata", "request_id": "test", "model_name": m.Query.Get("model")})
	orders := make(chan M)
	go func() {
		defer close(orders)
		for {
			_, order, ok := m.Receive()
			if !ok {
				return
			}
			orders <- order
		}
	}()
	defer func() {
		m.Reset()
		for range orders {
		}
	}()
	var left []byte // of what was flushed
	flushed := false
	for {
		var order M
		ok := true
		if len(left) == 0 && !flushed {
			order, ok = <-orders
		} else {
			select {
			case order, ok = <-orders:
			default:
			}
		}
		if !ok {
			return
		}
		switch order["type"] {
		case "Speak":
			text, _ := order["text"].(string)
			m.text.WriteString(text)
		case "Flush":
			left, flushed = m.Tone(m.text.String()), true
			m.text.Reset()
		case "Clear":
			left, flushed = nil, false
			m.text.Reset()
			m.acknowledge("Cleared")
		case "Close":
			m.Close(1000, "")
			return
		}
		if n := min(len(left), 3001); n > 0 { // odd: a border within a sample
			if !m.Raw(websocket.MessageBinary, left[:n]) {
				return
			}
			left = left[n:]
		} else if flushed {
			flushed = false
			m.acknowledge("Flushed")
		}
	}
}

func (m *Mouth) acknowledge(kind string) {
	m.Send(M{"type": kind, "sequence_id": m.sequence})
	m.sequence++
}

// Flushed tells that all of the audio has been given.
func (m *Mouth) Flushed() { m.acknowledge("Flushed") }

// Tone is what a text sounds like.
func (m *Mouth) Tone(text string) []byte {
	rate, _ := strconv.ParseFloat(m.Query.Get("sample_rate"), 64)
	speed, err := strconv.ParseFloat(m.Query.Get("speed"), 64)
	if err != nil {
		speed = 1
	}
	n := int(float64(len(text)) * 0.08 * rate / speed)
	b := make([]byte, 0, 2*n)
	for i := range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(9000*math.Sin(float64(i)*0.3)+1000)))
	}
	return b
}

// Audio sends sound.
func (m *Mouth) Audio(b []byte) bool {
	return m.ws.Write(context.Background(), websocket.MessageBinary, b) == nil
}

// Asked waits until a text has been flushed and returns it.
func (m *Mouth) Asked() (text string, ok bool) {
	for {
		_, order, ok := m.Receive()
		if !ok {
			return "", false
		}
		switch order["type"] {
		case "Speak":
			t, _ := order["text"].(string)
			text += t
		case "Flush":
			return text, true
		}
	}
}
