package traces

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"parley/call"
)

// transfers makes the spans of the places that a caller was taken to. One may
// lead to another, so that they stand in each other.
func (t *telling) transfers(ctx context.Context, programs []served, events []call.Event) {
	var open []served
	for _, e := range events {
		now := trace.WithTimestamp(t.at(e.At))
		if e.Kind == call.KindTransfer {
			above := at(ctx, programs, e.At)
			if n := len(open); n > 0 {
				above = open[n-1].ctx
			}
			s := served{from: e.At}
			s.ctx, s.span = t.tracer.Start(above, "transfer", now, trace.WithAttributes(attribute.String("parley.target", t.number(e.Text))))
			t.attribute(s.span, e, "mode")
			open = append(open, s)
			continue
		}
		if len(open) == 0 {
			continue
		}
		span := open[len(open)-1].span
		switch e.Kind {
		case call.KindTransferRoute:
			span.SetAttributes(attribute.String("parley.program", e.Text))
		case call.KindTransferAnswered:
			span.AddEvent("answered", now)
		case call.KindTransferEnd:
			span.SetAttributes(attribute.String("parley.result", e.Text))
			t.attribute(span, e, "cause")
			span.End(now)
			open = open[:len(open)-1]
		}
	}
	for i := len(open) - 1; i >= 0; i-- { // the call has ended before
		open[i].span.End(trace.WithTimestamp(t.end))
	}
}

// attribute tells a text of an event's.
func (t *telling) attribute(span trace.Span, e call.Event, name string) {
	if text, ok := e.Attrs[name].(string); ok && text != "" {
		span.SetAttributes(attribute.String("parley."+name, text))
	}
}
