// Package deepgramtest has a server that speaks Deepgram's streaming protocols
// as they are documented, and can break every rule of them. It is for tests: it
// understands and speaks nothing but what it is told.
package deepgramtest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// Server serves each connection by the next of its plays; the last one stays.
type Server struct {
	Listen []func(*Ear)
	Speak  []func(*Mouth)
	// Refuse answers the first connections with a status instead.
	Refuse []Refusal

	mu              sync.Mutex
	conns           int
	listens, speaks int
	queries         []url.Values
	headers         []http.Header
}

// Refusal is an answer to the handshake.
type Refusal struct {
	Code   int
	Header map[string]string
}

// Serve lets it answer at a listener until the test ends.
func (s *Server) Serve(t testing.TB, l net.Listener) {
	h := &http.Server{Handler: s}
	var running sync.WaitGroup
	running.Go(func() { _ = h.Serve(l) }) // until it is closed
	t.Cleanup(func() {
		h.Close()
		running.Wait()
	})
}

// Conns returns how many connections there were.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// Queries returns what each connection asked for.
func (s *Server) Queries() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]url.Values(nil), s.queries...)
}

// Headers returns what each connection came with.
func (s *Server) Headers() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]http.Header(nil), s.headers...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.conns++
	s.queries = append(s.queries, r.URL.Query())
	s.headers = append(s.headers, r.Header.Clone())
	var refusal *Refusal
	if s.conns <= len(s.Refuse) && s.Refuse[s.conns-1].Code != 0 {
		refusal = &s.Refuse[s.conns-1]
	}
	s.mu.Unlock()
	if refusal != nil {
		for k, v := range refusal.Header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(refusal.Code)
		return
	}
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	c := Conn{ws: ws, Query: r.URL.Query()}
	switch r.URL.Path {
	case "/v1/listen":
		s.mu.Lock()
		s.listens++
		play := s.Listen[min(s.listens, len(s.Listen))-1]
		s.mu.Unlock()
		play(&Ear{Conn: c})
	case "/v1/speak":
		s.mu.Lock()
		s.speaks++
		play := s.Speak[min(s.speaks, len(s.Speak))-1]
		s.mu.Unlock()
		play(&Mouth{Conn: c})
	}
}

// Conn is a WebSocket.
type Conn struct {
	ws    *websocket.Conn
	Query url.Values
}

// M is a JSON object.
type M = map[string]any

// Send sends a JSON message.
func (c *Conn) Send(v any) bool {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return c.Raw(websocket.MessageText, b)
}

// Raw sends bytes.
func (c *Conn) Raw(kind websocket.MessageType, b []byte) bool {
	return c.ws.Write(context.Background(), kind, b) == nil
}

// Close closes with a code of the service's.
func (c *Conn) Close(code int, reason string) { _ = c.ws.Close(websocket.StatusCode(code), reason) }

// Reset ends the connection in the middle of everything.
func (c *Conn) Reset() { _ = c.ws.CloseNow() }

// Receive waits for a message: audio, or an order. ok is false at the end.
func (c *Conn) Receive() (audio []byte, order M, ok bool) {
	kind, b, err := c.ws.Read(context.Background())
	if err != nil {
		return nil, nil, false
	}
	if kind == websocket.MessageBinary {
		return b, nil, true
	}
	_ = json.Unmarshal(b, &order) // no object is no order
	return nil, order, true
}

// Deaf reads everything and says nothing.
func (c *Conn) Deaf() {
	for {
		if _, _, ok := c.Receive(); !ok {
			return
		}
	}
}
