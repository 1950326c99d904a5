package deepgram

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/coder/websocket"

	"parley/speech"
)

const (
	// waiting is how many messages of audio wait for their listener. A voice is
	// faster than speech, and the service hangs up on who does not read.
	waiting = 256
	// mostFlushes in flushSpan is what the service allows; a line that is near
	// it is not used again.
	mostFlushes = 18
	flushSpan   = time.Minute
	// clearTime is how long a line may take to fall silent after Clear.
	clearTime = time.Second
)

// line is one connection to /v1/speak.
type line struct {
	client  *client
	ws      *websocket.Conn
	query   string
	cancel  context.CancelFunc
	in      chan message // closed when the connection is over; then err is set
	err     error
	flushes []time.Time
}

// message is what the service says.
type message struct {
	pcm              []byte
	flushed, cleared bool
}

// newLine opens a connection and reads it in a goroutine of its own, which
// ended is told of.
func newLine(ctx context.Context, k *client, query string, ws *websocket.Conn, ended func()) *line {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &line{client: k, ws: ws, query: query, cancel: cancel, in: make(chan message, waiting)}
	go func() {
		defer ended()
		defer close(l.in)
		l.err = l.receive(ctx)
		_ = l.ws.CloseNow()
	}()
	return l
}

func (l *line) receive(ctx context.Context) error {
	for {
		kind, b, err := read(ctx, l.ws)
		if err != nil {
			return err
		}
		m := message{pcm: b}
		if kind == websocket.MessageText {
			var e event
			if err := json.Unmarshal(b, &e); err != nil {
				return speech.Unavailable(speech.ErrBroken, "deepgram: a message is no JSON object")
			}
			switch e.Type {
			case "Flushed":
				m = message{flushed: true}
			case "Cleared":
				m = message{cleared: true}
			case "Warning":
				if strings.Contains(e.Code, "FLUSH") { // it does not speak what was flushed
					return &speech.BusyError{Provider: Name, After: flushSpan}
				}
				continue
			case "Error":
				return speech.Unavailable(speech.ErrBroken, "deepgram: %s", printable(e.Code+" "+e.Description+e.Message))
			default:
				continue
			}
		}
		select {
		case l.in <- m:
		case <-ctx.Done():
			return broken(ctx.Err())
		}
	}
}

// next waits for audio or the end of it.
func (l *line) next(ctx context.Context, wait time.Duration) (message, error) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case m, ok := <-l.in:
		if !ok {
			return m, l.err
		}
		return m, nil
	case <-t.C:
		return message{}, speech.Unavailable(speech.ErrTimeout, "deepgram: no audio for %s", wait)
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}

func (l *line) send(ctx context.Context, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return l.client.write(ctx, l.ws, websocket.MessageText, b)
}

func (l *line) flush(ctx context.Context) error {
	l.flushes = append(l.flushes, time.Now())
	return l.client.write(ctx, l.ws, websocket.MessageText, []byte(msgFlush))
}

// tired reports that one more Flush may be refused.
func (l *line) tired() bool {
	n := 0
	for _, at := range l.flushes {
		if time.Since(at) < flushSpan {
			l.flushes[n] = at
			n++
		}
	}
	l.flushes = l.flushes[:n]
	return n >= mostFlushes
}

// clear makes the line fall silent, so that it can be used again.
func (l *line) clear() bool {
	ctx, cancel := context.WithTimeout(context.Background(), clearTime)
	defer cancel()
	if l.client.write(ctx, l.ws, websocket.MessageText, []byte(msgClear)) != nil {
		return false
	}
	for {
		m, err := l.next(ctx, clearTime)
		if err != nil || ctx.Err() != nil {
			return false
		}
		if m.cleared {
			return true
		}
	}
}

// idle reports that nothing has come that nobody asked for, and that the
// connection is there.
func (l *line) idle() bool {
	select {
	case <-l.in:
		return false
	default:
		return true
	}
}
