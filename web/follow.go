package web

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/call"
)

// followLength bounds what waits for a slow reader; beyond it the stream
// ends, and the reader may begin anew.
const followLength = 1024

// follow streams a journal as server-sent events.
func (s *Server) follow(_ context.Context, in *callInput) (*huma.StreamResponse, error) {
	e := s.deps.Book.Find(call.ID(in.ID))
	if e == nil {
		return nil, huma.Error404NotFound("no such call is going on")
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		flush := func() {}
		if f, ok := w.(interface{ Flush() }); ok {
			flush = f.Flush
		}
		events := make(chan call.Event, followLength+len(e.Journal.Events()))
		slow := make(chan struct{}, 1)
		stop := e.Journal.Subscribe(func(e call.Event) {
			select {
			case events <- e:
			default:
				select {
				case slow <- struct{}{}:
				default:
				}
			}
		})
		defer stop()
		tell := func(e call.Event) bool {
			data, err := json.Marshal(e)
			if err != nil {
				return false
			}
			_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Kind, data)
			flush()
			return err == nil && e.Kind != call.KindEnded
		}
		for {
			select {
			case <-r.Context().Done():
				return
			case <-slow:
				return
			case e := <-events:
				if !tell(e) {
					return
				}
			case <-e.Journal.Done():
				for len(events) > 0 && tell(<-events) {
				}
				return
			}
		}
	}}, nil
}
