package traces

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"parley/call"
)

var errBehind = errors.New("calls end faster than the collector takes traces")

// maker turns calls into spans. It serves one goroutine.
type maker struct {
	numbers bool
	tracer  trace.Tracer
	made    gathering
}

func newMaker(cfg Config, version string) *maker {
	m := &maker{numbers: cfg.Numbers}
	limits := sdktrace.NewSpanLimits()
	limits.AttributeValueLengthLimit = 256
	m.tracer = sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(cfg.Ratio))),
		sdktrace.WithSpanProcessor(&m.made), sdktrace.WithRawSpanLimits(limits),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "parley"), attribute.String("service.version", version))),
	).Tracer("parley")
	return m
}

// gathering is a SpanProcessor that only keeps what ends, in that order.
type gathering struct{ spans []sdktrace.ReadOnlySpan }

func (g *gathering) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (g *gathering) OnEnd(s sdktrace.ReadOnlySpan)                   { g.spans = append(g.spans, s) }
func (g *gathering) Shutdown(context.Context) error                  { return nil }
func (g *gathering) ForceFlush(context.Context) error                { return nil }

// make returns the spans of a call, none if it is not to be traced.
func (m *maker) make(r call.Record, events []call.Event) []sdktrace.ReadOnlySpan {
	m.made.spans = nil
	t := &telling{maker: m, record: r, end: r.End}
	if t.end.IsZero() && len(events) > 0 {
		t.end = t.at(events[len(events)-1].At)
	}
	t.tell(parent(r.Headers), events)
	return m.made.spans
}

// parent is the trace that a peer has begun (W3C Trace Context), if its trunk
// lets the header through.
func parent(headers map[string]string) context.Context {
	carrier := propagation.HeaderCarrier(http.Header{})
	for name, value := range headers {
		if strings.EqualFold(name, "traceparent") {
			carrier.Set("traceparent", value)
		}
	}
	return propagation.TraceContext{}.Extract(context.Background(), carrier)
}

// number is a number as the collector may see it.
func (m *maker) number(s string) string {
	const shown = 2
	if r := []rune(s); !m.numbers && len(r) > 0 {
		return "***" + string(r[max(len(r)-shown, len(r)/2):])
	}
	return s
}

// at turns an offset of the journal into a time.
func (t *telling) at(offset int64) time.Time {
	return t.record.Start.Add(time.Duration(offset) * time.Millisecond)
}
