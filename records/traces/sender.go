package traces

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"parley/call"
)

const (
	// maxCalls and maxHeld bound what waits to be sent: calls, and events of
	// their journals.
	maxCalls = 1024
	maxHeld  = 200000
	// batch is how many calls go into one request, if so many wait.
	batch = 64
	// flushTime is how long Close waits for the collector.
	flushTime = 3 * time.Second
	// tellEvery is how often the log is told of trouble.
	tellEvery = time.Second
)

// Sender makes traces of calls and sends them.
type Sender struct {
	cfg      Config
	log      *slog.Logger
	maker    *maker
	exporter sdktrace.SpanExporter
	client   *http.Client

	queue    chan finished
	held     atomic.Int64 // events in queue
	stopping chan struct{}
	done     chan struct{}
	ctx      context.Context
	cancel   context.CancelFunc

	sent, dropped atomic.Uint64
	told          atomic.Int64 // when, in nanoseconds
}

// finished is a call that is over.
type finished struct {
	record call.Record
	events []call.Event
}

// New makes a Sender that works until Close.
func New(cfg Config, version string, log *slog.Logger) (*Sender, error) {
	headers := make(map[string]string)
	for _, h := range cfg.Headers {
		headers[h.Name] = string(h.Value)
	}
	s := &Sender{
		cfg: cfg, log: log, maker: newMaker(cfg, version),
		queue: make(chan finished, maxCalls), stopping: make(chan struct{}), done: make(chan struct{}),
		client: &http.Client{
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // headers are for the endpoint only
		},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	s.exporter, err = otlptracehttp.New(s.ctx,
		otlptracehttp.WithEndpointURL(cfg.Endpoint), otlptracehttp.WithHeaders(headers), otlptracehttp.WithTimeout(cfg.Timeout),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression), otlptracehttp.WithHTTPClient(s.client),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: 500 * time.Millisecond, MaxInterval: 2 * time.Second, MaxElapsedTime: cfg.Timeout,
		}))
	if err != nil {
		s.cancel()
		return nil, fmt.Errorf("prepare traces for %s: %w", cfg.Endpoint, err)
	}
	// What a collector rejects of a request, the exporter tells only here.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { s.tell(err) }))
	go s.run()
	return s, nil
}

// Stats counts traces, one a call.
type Stats struct{ Sent, Dropped uint64 }

// Stats returns the counters.
func (s *Sender) Stats() Stats { return Stats{Sent: s.sent.Load(), Dropped: s.dropped.Load()} }

// Ended takes a call that is over. It never waits, and keeps events.
func (s *Sender) Ended(r call.Record, events []call.Event) {
	select {
	case <-s.stopping:
		s.drop(1)
		return
	default:
	}
	n := int64(len(events))
	if s.held.Add(n) > maxHeld {
		s.held.Add(-n)
		s.drop(1)
		return
	}
	select {
	case s.queue <- finished{r, events}:
	default:
		s.held.Add(-n)
		s.drop(1)
	}
}

// Close sends what waits, as far as the collector takes it within a few
// seconds, and ends the Sender.
func (s *Sender) Close() {
	close(s.stopping)
	late := time.AfterFunc(flushTime, s.cancel)
	<-s.done
	late.Stop()
	s.cancel()
	_ = s.exporter.Shutdown(context.Background()) // it holds nothing
	s.client.CloseIdleConnections()
}

func (s *Sender) run() {
	defer close(s.done)
	for {
		select {
		case f := <-s.queue:
			s.send(f)
			continue
		case <-s.stopping:
		}
		for { // what is left
			select {
			case f := <-s.queue:
				s.send(f)
			default:
				return
			}
		}
	}
}

// send sends the traces of f and of those that wait behind it.
func (s *Sender) send(f finished) {
	var spans []sdktrace.ReadOnlySpan
	calls := 0
	for more := true; more; {
		s.held.Add(-int64(len(f.events)))
		made := s.maker.make(f.record, f.events)
		if len(made) > 0 { // it is among those that are traced
			calls++
			spans = append(spans, made...)
		}
		if more = calls < batch; more {
			select {
			case f = <-s.queue:
			default:
				more = false
			}
		}
	}
	if calls == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Timeout)
	defer cancel()
	if err := s.exporter.ExportSpans(ctx, spans); err != nil {
		s.dropped.Add(uint64(calls))
		s.tell(err)
		return
	}
	s.sent.Add(uint64(calls))
}

func (s *Sender) drop(n uint64) {
	s.dropped.Add(n)
	s.tell(errBehind)
}

// tell logs trouble, at most once a second.
func (s *Sender) tell(err error) {
	now, told := time.Now().UnixNano(), s.told.Load()
	if now-told < int64(tellEvery) || !s.told.CompareAndSwap(told, now) {
		return
	}
	s.log.Warn("traces are lost", "endpoint", s.cfg.Endpoint, "error", err, "dropped", s.dropped.Load(), "check", "traces.endpoint and traces.headers")
}
