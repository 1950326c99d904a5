package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"parley/call"
)

type announceInput struct {
	Body struct {
		UUID      string            `json:"uuid,omitempty" format:"uuid" doc:"made here if left out"`
		Program   string            `json:"program" minLength:"1" doc:"the flow that answers"`
		Caller    string            `json:"caller,omitempty"`
		Called    string            `json:"called,omitempty"`
		Variables map[string]string `json:"variables,omitempty"`
		Rate      int               `json:"rate,omitempty" enum:"8000,16000" default:"8000"`
	}
}

type announceOutput struct {
	Body struct {
		UUID string `json:"uuid" doc:"send this over the AudioSocket; it is good once, for the time that audiosocket.announce_timeout says"`
	}
}

type outcomeInput struct {
	UUID string `path:"uuid" format:"uuid"`
}

func (s *Server) sessionOperations(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "announce-session", Method: http.MethodPost, Path: "/v1/audiosocket/sessions", Tags: []string{"audiosocket"},
		Summary:       "Say what is to happen with an AudioSocket connection before it comes",
		DefaultStatus: http.StatusCreated,
	}, s.announce)
	huma.Register(api, huma.Operation{
		OperationID: "get-session-outcome", Method: http.MethodGet, Path: "/v1/audiosocket/sessions/{uuid}/outcome", Tags: []string{"audiosocket"},
		Summary:     "What a dialplan is to do after a session, in plain text",
		Description: "hangup, continue, or transfer followed by a space and the target. For CURL() in a dialplan.",
		Responses:   content("text/plain", "the outcome"),
	}, s.outcome)
}

func (s *Server) announce(_ context.Context, in *announceInput) (*announceOutput, error) {
	id := uuid.New()
	if in.Body.UUID != "" {
		var err error
		if id, err = uuid.Parse(in.Body.UUID); err != nil {
			return nil, huma.Error422UnprocessableEntity("uuid is not one")
		}
	}
	if !s.deps.Programs(in.Body.Program) {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("there is no flow %q", in.Body.Program))
	}
	_, err := s.deps.Sessions.Announce(call.Announcement{
		UUID: id, Rate: in.Body.Rate, Program: in.Body.Program,
		Call: call.Info{
			ID: call.NewID(), Door: "audiosocket", Caller: in.Body.Caller, Called: in.Body.Called,
			WireID: id.String(), Start: time.Now(), Variables: in.Body.Variables,
		},
	})
	if err != nil {
		return nil, huma.NewError(call.CauseOf(err).HTTP(), err.Error())
	}
	out := &announceOutput{}
	out.Body.UUID = id.String()
	return out, nil
}

func (s *Server) outcome(_ context.Context, in *outcomeInput) (*huma.StreamResponse, error) {
	id, err := uuid.Parse(in.UUID)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("uuid is not one")
	}
	o, ok := s.deps.Sessions.Outcome(id)
	if !ok {
		return nil, huma.Error404NotFound("no such session has ended in the last minutes")
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/plain; charset=utf-8")
		text := o.Action
		if o.Target != "" {
			text += " " + o.Target
		}
		ctx.BodyWriter().Write([]byte(text)) //nolint:errcheck // the reader has gone
	}}, nil
}
