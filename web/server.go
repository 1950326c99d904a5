package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parley/call"
	"parley/records"
)

// Records is what the API reads of the store.
type Records interface {
	Call(ctx context.Context, id call.ID) (call.Record, error)
	CallEvents(ctx context.Context, id call.ID) ([]call.Event, error)
	Calls(ctx context.Context, q records.Query) ([]call.Record, error)
	Ping(ctx context.Context) error
}

// Sessions is what the API does with AudioSocket sessions.
type Sessions interface {
	// Announce expects a session; release takes that back.
	Announce(a call.Announcement) (release func(), err error)
	// Outcome tells what the call side is to do after a session.
	Outcome(id uuid.UUID) (call.Outcome, bool)
}

// Deps are what the server shows.
type Deps struct {
	Version   string
	Token     string
	DataDir   string // recordings are below it
	Records   Records
	Book      *call.Book
	Sessions  Sessions
	Telephony Telephony
	// Ready says why a call would be refused just now, nil if it would not.
	Ready func() error
	// Programs tells whether a flow or agent exists.
	Programs func(name string) bool
	Metrics  prometheus.Gatherer
	Log      *slog.Logger
}

// Server answers HTTP.
type Server struct {
	cfg     Config
	deps    Deps
	handler http.Handler
}

// New returns a Server; Serve starts it.
func New(cfg Config, deps Deps) *Server {
	s := &Server{cfg: cfg, deps: deps}
	mux := http.NewServeMux()
	s.api(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(deps.Metrics, promhttp.HandlerOpts{}))
	s.pages(mux)
	s.handler = http.NewCrossOriginProtection().Handler(mux)
	return s
}

// Handler returns the whole server as a handler.
func (s *Server) Handler() http.Handler { return s.handler }

// api declares the operations, from which the OpenAPI description is made.
func (s *Server) api(mux *http.ServeMux) huma.API {
	cfg := huma.DefaultConfig("Parley", s.deps.Version)
	cfg.Info.Description = "Calls, their records and their sessions. Every operation under /v1 needs the bearer token, " +
		"which stands in the data folder in the file token."
	cfg.DocsPath = "" // the viewer would be loaded from somebody else's site
	cfg.CreateHooks = nil
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	cfg.Security = []map[string][]string{{"token": {}}}
	api := humago.New(mux, cfg)
	api.UseMiddleware(s.authorize(api))
	s.callOperations(api)
	s.sessionOperations(api)
	s.trunkOperations(api)
	s.healthOperations(api)
	return api
}

// shutdownTime is how long answers under way may take when the server stops.
const shutdownTime = 5 * time.Second

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			srv.Close()
		}
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}
