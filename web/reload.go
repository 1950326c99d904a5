package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) reloadOperations(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "reload", Method: http.MethodPost, Path: "/v1/reload", Tags: []string{"configuration"},
		DefaultStatus: http.StatusNoContent,
		Summary:       "Read the configuration again",
		Description: "Trunks, routes, periods, flows and voice count for the calls that begin from then on. With a mistake, " +
			"or a change that needs a restart, nothing changes: 422 and all of what is wrong.",
	}, func(context.Context, *struct{}) (*struct{}, error) {
		if err := s.deps.Reload(); err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
		return nil, nil
	})
}
