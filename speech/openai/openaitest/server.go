// Package openaitest has a server that speaks the chat-completions protocol as
// it is documented, from a script, and can break every rule of it. It is for
// tests: it understands nothing.
package openaitest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Server answers each request by the next of its plays; the last one stays.
type Server struct {
	mu       sync.Mutex
	plays    []Play
	requests []Request
}

// Play is the answer to one request.
type Play func(s *Stream, r Request)

// Request is what was asked.
type Request struct {
	URL    string
	Header http.Header
	Body   struct {
		Model    string           `json:"model"`
		Stream   bool             `json:"stream"`
		Messages []map[string]any `json:"messages"`
		Tools    []map[string]any `json:"tools"`
	}
}

// NewServer returns a Server.
func NewServer(plays ...Play) *Server { return &Server{plays: plays} }

// Serve lets it answer at a listener until the test ends.
func (s *Server) Serve(t testing.TB, l net.Listener) {
	h := &http.Server{Handler: s}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Serve(l) // until it is closed
	}()
	t.Cleanup(func() {
		h.Close()
		<-done
	})
}

// Requests returns what was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := Request{URL: r.URL.String(), Header: r.Header.Clone()}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &req.Body) // an empty one tells the test
	s.mu.Lock()
	s.requests = append(s.requests, req)
	play := s.plays[min(len(s.requests), len(s.plays))-1]
	s.mu.Unlock()
	play(&Stream{w: w, r: r}, req)
}

// Stream writes server-sent events.
type Stream struct {
	w       http.ResponseWriter
	r       *http.Request
	started bool
}

// Begin sends the status and the headers of a stream.
func (s *Stream) Begin(code int) {
	s.started = true
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.WriteHeader(code)
}

// Raw writes bytes as they are.
func (s *Stream) Raw(text string) bool {
	if !s.started {
		s.Begin(http.StatusOK)
	}
	_, err := io.WriteString(s.w, text)
	s.w.(http.Flusher).Flush()
	return err == nil
}

// Data writes one event with a JSON value.
func (s *Stream) Data(v any) bool {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return s.Raw("data: " + string(b) + "\n\n")
}

// M is a JSON object.
type M = map[string]any

func (s *Stream) delta(delta M, finish any) bool {
	return s.Data(M{
		"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "test",
		"choices": []M{{"index": 0, "delta": delta, "finish_reason": finish}},
	})
}

// Text sends a piece of text.
func (s *Stream) Text(text string) bool { return s.delta(M{"content": text}, nil) }

// Call sends a piece of a call; id and name may be empty.
func (s *Stream) Call(index int, id, name, arguments string) bool {
	f := M{"arguments": arguments}
	if name != "" {
		f["name"] = name
	}
	c := M{"index": index, "function": f}
	if id != "" {
		c["id"], c["type"] = id, "function"
	}
	return s.delta(M{"tool_calls": []M{c}}, nil)
}

// Finish sends the end of the answer and [DONE].
func (s *Stream) Finish(reason string) {
	s.delta(M{}, reason)
	s.Raw("data: [DONE]\n\n")
}

// Status answers with a status and a fault as the service words it.
func (s *Stream) Status(code int, header map[string]string, kind, message string) {
	for k, v := range header {
		s.w.Header().Set(k, v)
	}
	s.w.Header().Set("Content-Type", "application/json")
	s.w.WriteHeader(code)
	b, _ := json.Marshal(M{"error": M{"message": message, "type": kind, "code": kind}}) // strings only
	_, _ = s.w.Write(b)
}

// Stall does nothing until the other side has gone.
func (s *Stream) Stall() { <-s.r.Context().Done() }

// Pause waits, or until the other side has gone.
func (s *Stream) Pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.r.Context().Done():
		return false
	}
}

// Reset ends the connection in the middle of everything.
func (s *Stream) Reset() { panic(http.ErrAbortHandler) }

// Says answers with a text in pieces.
func Says(pieces ...string) Play {
	return func(s *Stream, _ Request) {
		s.delta(M{"role": "assistant", "content": ""}, nil)
		for _, p := range pieces {
			s.Text(p)
		}
		s.Finish("stop")
	}
}

// Fails answers with a status.
func Fails(code int, header map[string]string) Play {
	return func(s *Stream, r Request) {
		s.Status(code, header, fmt.Sprint("fault_", code), "no: "+r.Header.Get("Authorization"))
	}
}
