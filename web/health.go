package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type healthOutput struct {
	Body struct {
		Status string `json:"status"`
		Calls  int    `json:"calls" doc:"calls that are going on"`
	}
}

func (s *Server) healthOperations(api huma.API) {
	open := []map[string][]string{} // no token needed
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: []string{"health"}, Security: open,
		Summary: "The program is alive",
	}, func(context.Context, *struct{}) (*healthOutput, error) { return s.health("alive"), nil })
	huma.Register(api, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/readyz", Tags: []string{"health"}, Security: open,
		Summary: "Calls are taken: 200, or 503 and the reason while they are not",
	}, func(context.Context, *struct{}) (*healthOutput, error) {
		// The store may be away: calls go on, and records wait.
		if err := s.deps.Ready(); err != nil {
			return nil, huma.Error503ServiceUnavailable(err.Error())
		}
		return s.health("ready"), nil
	})
}

func (s *Server) health(status string) *healthOutput {
	out := &healthOutput{}
	out.Body.Status, out.Body.Calls = status, s.deps.Book.Len()
	return out
}
