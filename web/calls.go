package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/call"
	"parley/media"
	"parley/records"
)

type callsInput struct {
	Live   bool      `query:"live" doc:"only the calls that are going on, oldest first"`
	From   time.Time `query:"from" doc:"only calls that began then or later"`
	To     time.Time `query:"to" doc:"only calls that began before"`
	Number string    `query:"number" doc:"only calls from or to this number, exactly"`
	Before string    `query:"before" doc:"only calls after this one in the list: the id of the last call of the page before"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type callInput struct {
	ID string `path:"id" pattern:"^[1-9][0-9]{18}$" doc:"19 digits"`
}

type callsOutput struct{ Body []call.Record }
type callOutput struct{ Body call.Record }
type eventsOutput struct{ Body []call.Event }

func (s *Server) callOperations(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-calls", Method: http.MethodGet, Path: "/v1/calls", Tags: []string{"calls"},
		Summary: "Calls, the newest first",
	}, s.listCalls)
	huma.Register(api, huma.Operation{
		OperationID: "get-call", Method: http.MethodGet, Path: "/v1/calls/{id}", Tags: []string{"calls"},
		Summary: "One call: its record, or what is known so far while it goes on",
	}, func(ctx context.Context, in *callInput) (*callOutput, error) {
		r, _, err := s.load(ctx, in)
		return &callOutput{r}, err
	})
	huma.Register(api, huma.Operation{
		OperationID: "get-call-events", Method: http.MethodGet, Path: "/v1/calls/{id}/events", Tags: []string{"calls"},
		Summary: "The journal of a call: everything that happened, in order",
	}, func(ctx context.Context, in *callInput) (*eventsOutput, error) {
		_, events, err := s.load(ctx, in)
		return &eventsOutput{events}, err
	})
	huma.Register(api, huma.Operation{
		OperationID: "follow-call", Method: http.MethodGet, Path: "/v1/calls/{id}/events/stream", Tags: []string{"calls"},
		Summary:     "The journal of a call as it is written, as server-sent events",
		Description: "Each event's data is one entry of the journal. The stream ends with the call.",
		Responses:   content("text/event-stream", "the journal"),
	}, s.follow)
	huma.Register(api, huma.Operation{
		OperationID: "get-recording", Method: http.MethodGet, Path: "/v1/calls/{id}/recording", Tags: []string{"calls"},
		Summary:   "The recording: stereo WAV, the caller left, the system right",
		Responses: content("audio/wav", "the recording"),
	}, s.recording)
	huma.Register(api, huma.Operation{
		OperationID: "get-timeline", Method: http.MethodGet, Path: "/v1/calls/{id}/timeline.svg", Tags: []string{"calls"},
		Summary:   "A picture of the call: sound, states, decisions and words",
		Responses: content("image/svg+xml", "the picture"),
	}, s.timeline)
	huma.Register(api, huma.Operation{
		OperationID: "hang-up-call", Method: http.MethodPost, Path: "/v1/calls/{id}/hangup", Tags: []string{"calls"},
		Summary: "End a call that is going on", DefaultStatus: http.StatusNoContent,
	}, func(_ context.Context, in *callInput) (*struct{}, error) {
		e := s.deps.Book.Find(call.ID(in.ID))
		if e == nil {
			return nil, huma.Error404NotFound("no such call is going on")
		}
		e.Hangup(call.System, call.Normal)
		return nil, nil
	})
}

func content(kind, what string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: what, Content: map[string]*huma.MediaType{kind: {}}}}
}

func (s *Server) listCalls(ctx context.Context, in *callsInput) (*callsOutput, error) {
	if in.Live {
		list := []call.Record{}
		for _, e := range s.deps.Book.List() {
			list = append(list, records.Build(e.Info, e.Journal.Events()))
		}
		return &callsOutput{list}, nil
	}
	list, err := s.deps.Records.Calls(ctx, records.Query{
		From: in.From, To: in.To, Number: in.Number, Before: call.ID(in.Before), Limit: in.Limit,
	})
	if err != nil {
		return nil, s.fault(err)
	}
	return &callsOutput{list}, nil
}

// load returns a call that is going on, or one that is stored.
func (s *Server) load(ctx context.Context, in *callInput) (call.Record, []call.Event, error) {
	id := call.ID(in.ID)
	if e := s.deps.Book.Find(id); e != nil {
		events := e.Journal.Events()
		return records.Build(e.Info, events), events, nil
	}
	r, err := s.deps.Records.Call(ctx, id)
	if err != nil {
		return r, nil, s.fault(err)
	}
	events, err := s.deps.Records.CallEvents(ctx, id)
	if err != nil {
		return r, nil, s.fault(err)
	}
	return r, events, nil
}

// fault turns an error of the store into an answer; what is our own fault is
// logged here, once, and not told.
func (s *Server) fault(err error) error {
	if errors.Is(err, records.ErrNotFound) {
		return huma.Error404NotFound(err.Error())
	}
	s.deps.Log.Error("the API could not read the store", "err", err)
	return huma.Error503ServiceUnavailable("the store does not answer; try again later")
}

// file returns the path of a call's recording.
func (s *Server) file(r call.Record) string {
	return filepath.Join(s.deps.DataDir, filepath.FromSlash(r.Recording.File))
}

func (s *Server) recording(ctx context.Context, in *callInput) (*huma.StreamResponse, error) {
	r, _, err := s.load(ctx, in)
	if err != nil {
		return nil, err
	}
	if r.Recording.File == "" {
		return nil, huma.Error404NotFound("the call has no recording")
	}
	f, err := os.Open(s.file(r))
	if err != nil {
		s.deps.Log.Error("a recording cannot be read", "call", r.ID, "err", err)
		return nil, huma.Error404NotFound("the recording cannot be read")
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer f.Close()
		req, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", "audio/wav")
		http.ServeContent(w, req, string(r.ID)+".wav", r.End, f)
	}}, nil
}

func (s *Server) timeline(ctx context.Context, in *callInput) (*huma.StreamResponse, error) {
	r, events, err := s.load(ctx, in)
	if err != nil {
		return nil, err
	}
	var picture bytes.Buffer
	if err := records.WritePicture(&picture, r, events, s.sound(r, events)); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "image/svg+xml")
		ctx.SetHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		ctx.BodyWriter().Write(picture.Bytes()) //nolint:errcheck // the reader has gone
	}}, nil
}

// sound returns a call's recording for its picture; a picture without is
// better than none.
func (s *Server) sound(r call.Record, events []call.Event) *records.Sound {
	if r.Recording.File == "" {
		return nil
	}
	channels, rate, err := media.ReadWAV(s.file(r))
	if err != nil || len(channels) != 2 {
		return nil
	}
	sound := &records.Sound{Rate: rate, Caller: channels[0], Robot: channels[1]}
	for _, e := range events {
		if e.Kind == "recording.start" {
			sound.From = e.At
		}
	}
	return sound
}
