package deepgram

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"parley/speech"
)

// pool keeps lines for the next utterance of the same voice.
type pool struct {
	client *client

	mu      sync.Mutex
	free    []*parked
	closed  bool
	running sync.WaitGroup // readers, and lines that are being cleared
}

// parked is a line that waits, and is closed after a while.
type parked struct {
	l     *line
	until *time.Timer
}

func newPool(k *client) *pool { return &pool{client: k} }

// get returns a line for a voice, and whether it was kept from before, which a
// fresh one is not.
func (p *pool) get(ctx context.Context, query url.Values, fresh bool) (l *line, kept bool, err error) {
	key := query.Encode()
	for !fresh {
		l := p.take(key)
		if l == nil {
			break
		}
		if l.idle() {
			return l, true, nil
		}
		p.drop(l)
	}
	ws, err := p.client.dial(ctx, "/v1/speak", query)
	if err != nil {
		return nil, false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = ws.CloseNow()
		return nil, false, speech.Unavailable(speech.ErrRefused, "deepgram: the synthesizer is closed")
	}
	p.running.Add(1)
	return newLine(ctx, p.client, key, ws, p.running.Done), false, nil
}

func (p *pool) take(key string) *line {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, k := range slices.Backward(p.free) {
		if k.l.query == key && k.until.Stop() {
			p.free = slices.Delete(p.free, i, i+1)
			return k.l
		}
	}
	return nil
}

// put keeps a line for the next utterance.
func (p *pool) put(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || l.tired() {
		p.drop(l)
		return
	}
	k := &parked{l: l}
	k.until = time.AfterFunc(p.client.c.Speak.IdleTimeout, func() {
		p.mu.Lock()
		p.free = slices.DeleteFunc(p.free, func(o *parked) bool { return o == k })
		p.mu.Unlock()
		p.drop(l)
	})
	p.free = append(p.free, k)
}

// drop gives a line up.
func (p *pool) drop(l *line) {
	l.cancel()
	_ = l.ws.CloseNow()
}

// clear makes a line fall silent in the background and keeps it.
func (p *pool) clear(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.drop(l)
		return
	}
	p.running.Go(func() {
		if l.clear() {
			p.put(l)
			return
		}
		p.drop(l)
	})
}

// close ends what is kept and waits for what is going on.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	free := p.free
	p.free = nil
	p.mu.Unlock()
	for _, k := range free {
		if k.until.Stop() {
			ctx, cancel := context.WithTimeout(context.Background(), farewell)
			_ = k.l.ws.Write(ctx, websocket.MessageText, []byte(msgClose)) // a courtesy
			cancel()
			p.drop(k.l)
		}
	}
	p.running.Wait()
}
