package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"parley/sip"
	"parley/sip/registrar"
)

// Telephony is what the API shows of the telephone side.
type Telephony interface {
	TrunkStatus() []sip.TrunkStatus
	AllContacts() []registrar.Contact
}

type trunksOutput struct{ Body []sip.TrunkStatus }
type contactsOutput struct{ Body []contact }

// contact is a registered telephone.
type contact struct {
	User      string    `json:"user"`
	URI       string    `json:"uri"`
	Network   string    `json:"network" enum:"udp,tcp,tls,ws,wss"`
	Source    string    `json:"source" doc:"where it registered from, and calls to it go"`
	Priority  float64   `json:"q"`
	Expires   time.Time `json:"expires"`
	Silent    bool      `json:"silent" doc:"it does not answer our OPTIONS"`
	UserAgent string    `json:"user_agent,omitempty"`
}

func (s *Server) trunkOperations(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-trunks", Method: http.MethodGet, Path: "/v1/trunks", Tags: []string{"trunks"},
		Summary:     "Trunks: are they there, are they registered, how many calls",
		Description: "A registration that does not work says which step failed and what to check.",
	}, func(context.Context, *struct{}) (*trunksOutput, error) {
		return &trunksOutput{s.deps.Telephony.TrunkStatus()}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "list-contacts", Method: http.MethodGet, Path: "/v1/contacts", Tags: []string{"trunks"},
		Summary: "Telephones that have registered with us",
	}, func(context.Context, *struct{}) (*contactsOutput, error) {
		out := &contactsOutput{Body: []contact{}}
		for _, c := range s.deps.Telephony.AllContacts() {
			out.Body = append(out.Body, contact{c.User, c.URI, c.Network, c.Source.String(), c.Q, c.Expires, c.Silent, c.UserAgent})
		}
		return out, nil
	})
}
