package deepgram

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/coder/websocket"

	"parley/speech"
)

const (
	chunkTime  = 100 * time.Millisecond // of audio at most in one message
	firstPause = 500 * time.Millisecond // before an idle connection is opened again
	mostPause  = 30 * time.Second
	farewell   = 200 * time.Millisecond // for CloseStream
)

// stream is the connection that there is, as far as others have to know it.
type stream struct {
	position int64    // samples sent
	terms    []string // what the service knows as key terms
	deaf     bool     // it takes no key terms
	useful   bool     // something was understood for good
	end      context.CancelFunc
}

// suspect ends the connection.
func (s *stream) suspect() {
	if s.end != nil {
		s.end()
	}
}

// run keeps a connection open until the Recognition is closed. It owns all
// goroutines of the connection.
func (n *recognition) run() {
	pause, losses := firstPause, 0
	for n.ctx.Err() == nil {
		ws, err := n.r.client.dial(n.ctx, "/v1/listen", n.r.query(n.f))
		if err == nil {
			pause = firstPause
			err = n.serve(ws)
		}
		if n.ctx.Err() != nil {
			return
		}
		if n.wasUseful() {
			losses = 0
		}
		losses++
		again := errors.Is(err, speech.ErrBroken) || speech.FaultOf(err) == "unavailable"
		if n.pending() && again && losses <= n.r.c.Listen.Reconnects {
			continue
		}
		n.fail(err)
		losses = 0
		if !n.rest(pause) {
			return
		}
		pause = min(2*pause, mostPause)
	}
}

// rest waits until there is something to send, or for a pause.
func (n *recognition) rest(pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			return true
		case <-n.wake:
			if n.pending() {
				return true
			}
		case <-n.ctx.Done():
			return false
		}
	}
}

// wasUseful tells, once, whether the last connection understood anything.
func (n *recognition) wasUseful() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	was := n.stream.useful
	n.stream.useful = false
	return was
}

// serve uses one connection until it breaks.
func (n *recognition) serve(ws *websocket.Conn) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(n.ctx)) // so that a farewell can be said
	n.mu.Lock()
	n.stream = stream{end: cancel}
	n.mu.Unlock()
	ended := make(chan error, 1)
	go func() {
		err := n.receive(ctx, ws)
		_ = ws.CloseNow() // so that no write waits
		ended <- err
	}()
	err := n.send(ctx, ws, ended)
	if n.ctx.Err() != nil {
		bye, done := context.WithTimeout(ctx, farewell)
		_ = ws.Write(bye, websocket.MessageText, []byte(msgCloseEar)) // a courtesy
		done()
	}
	cancel()
	_ = ws.CloseNow()
	if err == nil {
		err = <-ended
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stream.end = nil
	for _, u := range slices.Clone(n.utterances) {
		if u.gone {
			n.remove(u)
		}
		u.lost()
	}
	return err
}

// send writes whatever there is to send. It returns nil when the reader has
// ended, whose error says more, and waits for the reader otherwise.
func (n *recognition) send(ctx context.Context, ws *websocket.Conn, ended chan error) error {
	life := time.NewTimer(n.r.c.Listen.KeepAlive)
	defer life.Stop()
	for {
		for {
			kind, b := n.next()
			if b == nil {
				break
			}
			if err := n.r.client.write(ctx, ws, kind, b); err != nil {
				_ = ws.CloseNow()
				return better(err, <-ended)
			}
			life.Reset(n.r.c.Listen.KeepAlive)
		}
		select {
		case <-n.wake:
		case <-life.C:
			if err := n.r.client.write(ctx, ws, websocket.MessageText, []byte(msgKeepAlive)); err != nil {
				_ = ws.CloseNow()
				return better(err, <-ended)
			}
			life.Reset(n.r.c.Listen.KeepAlive)
		case err := <-ended:
			ended <- err
			return nil
		case <-n.ctx.Done():
			return nil
		}
	}
}

// better is the reader's reason for a broken connection, if that says more.
func better(write, read error) error {
	if errors.Is(read, speech.ErrBroken) {
		return write
	}
	return read
}

// next returns the next message to send, nil if there is none. Order is kept:
// an utterance is sent whole and finalised before the next one begins.
func (n *recognition) next() (websocket.MessageType, []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := &n.stream
	var u *utterance
	for _, o := range n.utterances {
		if !o.begun || !o.finalized {
			u = o
			break
		}
	}
	if u == nil {
		return 0, nil
	}
	if !u.begun {
		if !slices.Equal(u.terms, s.terms) && !s.deaf {
			s.terms = u.terms
			return websocket.MessageText, configure(u.terms)
		}
		u.begin(s.position)
	}
	if u.sent < u.length() {
		pcm := u.pcm[u.sent-u.base:]
		pcm = pcm[:min(len(pcm), u.rate*int(chunkTime/time.Millisecond)/1000)]
		u.sent += int64(len(pcm))
		s.position += int64(len(pcm))
		return websocket.MessageBinary, appendPCM(make([]byte, 0, 2*len(pcm)), pcm)
	}
	if !u.stopped && !u.gone {
		return 0, nil
	}
	u.finalized = true
	if u.gone {
		n.remove(u)
	} else {
		n.lull(u)
	}
	return websocket.MessageText, []byte(msgFinalize)
}

func configure(terms []string) []byte {
	if terms == nil {
		terms = []string{}
	}
	b, err := json.Marshal(map[string]any{"type": "Configure", "keyterms": terms})
	if err != nil {
		panic(err) // strings only
	}
	return b
}

// receive takes what the service sends until the connection ends, and ends it
// for what is garbage.
func (n *recognition) receive(ctx context.Context, ws *websocket.Conn) error {
	for {
		kind, b, err := read(ctx, ws)
		if err != nil {
			return err
		}
		if kind != websocket.MessageText {
			continue
		}
		var e event
		if err := json.Unmarshal(b, &e); err != nil {
			return speech.Unavailable(speech.ErrBroken, "deepgram: a message is no JSON object")
		}
		switch e.Type {
		case "Results":
			n.understood(e)
		case "ConfigureFailure":
			n.mu.Lock()
			n.stream.deaf = true
			n.mu.Unlock()
		case "Error":
			if e.Code == "KeytermsNotSupported" {
				n.mu.Lock()
				n.stream.deaf = true
				n.mu.Unlock()
				continue
			}
			return speech.Unavailable(speech.ErrBroken, "deepgram: %s", printable(e.Code+" "+e.Description+e.Message))
		}
	}
}
