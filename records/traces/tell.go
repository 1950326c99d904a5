package traces

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"parley/call"
)

// telling is the making of one call's spans.
type telling struct {
	*maker
	record call.Record
	end    time.Time
}

// maxTurns bounds one trace.
const maxTurns = 500

// tell makes the tree: the call; below it its route, its ringing, and each
// program that served it; below a program its transfers and the turns of the
// conversation, and below those their stages. Nothing that was said is told.
func (t *telling) tell(ctx context.Context, events []call.Event) {
	kind := trace.SpanKindServer
	if t.record.Direction == call.Outbound.String() {
		kind = trace.SpanKindClient
	}
	ctx, root := t.tracer.Start(ctx, "call "+t.record.Direction, trace.WithTimestamp(t.record.Start), trace.WithSpanKind(kind))
	if !root.IsRecording() {
		return
	}
	root.SetAttributes(t.attributes()...)
	t.ringing(ctx, events)
	programs := t.programs(ctx, events)
	t.transfers(ctx, programs, events)
	turns := 0
	for _, e := range events {
		switch {
		case e.Kind == call.KindAnswered:
			root.AddEvent("answered", trace.WithTimestamp(t.at(e.At)))
		case e.Kind == "call.error":
			root.AddEvent("error", trace.WithTimestamp(t.at(e.At)))
		case e.Stages != nil && turns < maxTurns:
			turns++
			t.turn(at(ctx, programs, e.Stages.Decided), *e.Stages)
		}
	}
	root.AddEvent("hang-up", trace.WithTimestamp(t.end), trace.WithAttributes(
		attribute.String("parley.hangup_by", t.record.HangupBy), attribute.String("parley.cause", t.record.Cause)))
	for _, p := range programs {
		p.span.End(trace.WithTimestamp(t.at(p.to)))
	}
	if fault(t.record.Cause) {
		root.SetStatus(codes.Error, t.record.Cause)
	}
	root.End(trace.WithTimestamp(t.end))
}

// fault tells whether a call that ended so is one to look into. A party that is
// busy or does not answer is not.
func fault(cause string) bool {
	c, err := call.ParseCause(cause)
	if err != nil {
		return cause != ""
	}
	switch c {
	case call.Failed, call.NoMedia, call.NoResponse, call.Congestion, call.Overloaded, call.NotAcceptable, call.BadRequest:
		return true
	}
	return false
}

func (t *telling) attributes() []attribute.KeyValue {
	r := t.record
	wire := "sip.call_id"
	if r.Door != "sip" {
		wire = r.Door + ".id"
	}
	as := []attribute.KeyValue{
		attribute.String("parley.call", string(r.ID)), attribute.String(wire, r.WireID),
		attribute.String("parley.door", r.Door), attribute.String("parley.direction", r.Direction),
		attribute.String("parley.caller", t.number(r.Caller)), attribute.String("parley.called", t.number(r.Called)),
		attribute.String("parley.cause", r.Cause), attribute.String("parley.hangup_by", r.HangupBy),
	}
	for key, value := range map[string]string{"parley.trunk": r.Trunk, "parley.program": r.Program, "parley.reason": r.Reason, "parley.codec": r.Media.Codec} {
		if value != "" {
			as = append(as, attribute.String(key, value))
		}
	}
	if r.Code != 0 {
		as = append(as, attribute.Int("sip.status", r.Code))
	}
	if r.Media.MOS > 0 {
		as = append(as, attribute.Float64("parley.mos", r.Media.MOS), attribute.Int64("parley.lost", int64(r.Media.Lost)))
	}
	return as
}

// ringing makes the spans of what comes before the answer.
func (t *telling) ringing(ctx context.Context, events []call.Event) {
	routed, began := false, time.Time{}
	for _, e := range events {
		switch now := t.at(e.At); {
		case e.Kind == call.KindProgram && !routed:
			routed = true
			t.span(ctx, "route", t.record.Start, now, attribute.String("parley.program", e.Text))
		case e.Kind == call.KindRinging && began.IsZero():
			began = now
		case (e.Kind == call.KindAnswered || e.Kind == call.KindEnded) && !began.IsZero():
			t.span(ctx, "ringing", began, now)
			return
		}
	}
}

// served is a program's part of the call.
type served struct {
	from, to int64
	ctx      context.Context
	span     trace.Span
}

// programs begins a span for everything that served the call.
func (t *telling) programs(ctx context.Context, events []call.Event) (ps []served) {
	for _, e := range events {
		if e.Kind != call.KindProgram || len(ps) == maxTurns {
			continue
		}
		if n := len(ps); n > 0 {
			ps[n-1].to = e.At
		}
		p := served{from: e.At, to: t.end.Sub(t.record.Start).Milliseconds()}
		p.ctx, p.span = t.tracer.Start(ctx, "program", trace.WithTimestamp(t.at(e.At)), trace.WithAttributes(attribute.String("parley.program", e.Text)))
		ps = append(ps, p)
	}
	return ps
}

// at finds the program that ran at an offset.
func at(ctx context.Context, ps []served, offset int64) context.Context {
	for _, p := range ps {
		if p.from <= offset {
			ctx = p.ctx
		}
	}
	return ctx
}

// turn makes the spans of an answer: how long each stage let the caller wait.
func (t *telling) turn(ctx context.Context, u call.Turn) {
	from, to := u.SpeechEnd, u.Audible
	if from < 0 {
		from = u.Decided
	}
	if from < 0 || to < from {
		return
	}
	ctx, span := t.tracer.Start(ctx, "turn", trace.WithTimestamp(t.at(from)), trace.WithAttributes(attribute.Int("parley.turn", u.Number)))
	for _, stage := range []struct {
		name     string
		from, to int64
	}{
		{"end of turn", u.SpeechEnd, u.Decided}, {"recogniser", u.Decided, u.Text}, {"answer", u.Text, u.Reply},
		{"voice", u.Reply, u.Voice}, {"wire", u.Voice, u.Audible},
	} {
		if stage.from >= 0 && stage.to >= stage.from {
			t.span(ctx, stage.name, t.at(stage.from), t.at(stage.to))
		}
	}
	if u.Cut >= 0 {
		span.AddEvent("cut", trace.WithTimestamp(t.at(u.Cut)))
	}
	span.End(trace.WithTimestamp(t.at(to)))
}

func (t *telling) span(ctx context.Context, name string, from, to time.Time, as ...attribute.KeyValue) {
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(from), trace.WithAttributes(as...))
	span.End(trace.WithTimestamp(to))
}
