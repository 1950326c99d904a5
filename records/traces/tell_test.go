package traces

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"

	"parley/call"
)

// shop is a call as it may have been.
func shop() (call.Record, []call.Event) {
	start := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	events := []call.Event{
		{At: 2, Kind: call.KindProgram, Text: "shop"},
		{At: 5, Kind: call.KindRinging},
		{At: 1005, Kind: call.KindAnswered},
		{At: 4000, Kind: call.KindSaid, Line: &call.Line{Text: "my secret is 4711"}},
		{At: 5200, Kind: call.KindTurn, Stages: &call.Turn{
			Number: 1, Heard: "my secret is 4711", SpeechEnd: 4000, Decided: 4700, Text: 4750, Reply: 4760, Voice: 4800, Audible: 4820, Cut: 5100}},
		{At: 6000, Kind: call.KindTransfer, Text: "+4930123456", Attrs: map[string]any{"mode": "bridge"}},
		{At: 6001, Kind: call.KindTransferRoute, Text: "dial carriers"},
		{At: 7000, Kind: call.KindTransferAnswered},
		{At: 8500, Kind: call.KindTransferEnd, Text: "ended", Attrs: map[string]any{"cause": "normal"}},
		{At: 9000, Kind: call.KindEnded, Text: "normal"},
	}
	return call.Record{
		ID: "1234567890123456789", Door: "sip", Direction: "inbound", Caller: "+493098765", Called: "shop", Trunk: "carrier",
		WireID: "abc@host", Start: start, Answered: start.Add(1005 * time.Millisecond), End: start.Add(9 * time.Second),
		HangupBy: "customer", Cause: "normal", Program: "shop",
	}, events
}

// tree writes spans as indented lines with their times since the call began.
func tree(spans []*tracev1.Span, parent []byte, start time.Time, indent string) (s string) {
	for _, sp := range spans {
		if string(sp.ParentSpanId) != string(parent) {
			continue
		}
		at := func(ns uint64) string { return time.Unix(0, int64(ns)).Sub(start).String() }
		s += indent + sp.Name + " " + at(sp.StartTimeUnixNano) + ".." + at(sp.EndTimeUnixNano)
		for _, e := range sp.Events {
			s += " [" + e.Name + " " + at(e.TimeUnixNano) + "]"
		}
		s += "\n" + tree(spans, sp.SpanId, start, indent+"  ")
	}
	return s
}

func TestATraceTellsTheCall(t *testing.T) {
	c := newCollector(t, nil)
	s, _ := sender(t, c.URL, func(c *Config) { c.Headers = []Header{{Name: "Authorization", Value: "Bearer x"}} })
	r, events := shop()
	s.Ended(r, events)
	spans := <-c.spans
	if h := <-c.asked; h.Get("Authorization") != "Bearer x" {
		t.Errorf("headers %v", h)
	}
	want := `call inbound 0s..9s [answered 1.005s] [hang-up 9s]
  route 0s..2ms
  ringing 5ms..1.005s
  program 2ms..9s
    turn 4s..4.82s [cut 5.1s]
      end of turn 4s..4.7s
      recogniser 4.7s..4.75s
      answer 4.75s..4.76s
      voice 4.76s..4.8s
      wire 4.8s..4.82s
    transfer 6s..8.5s [answered 7s]
`
	if got := tree(spans, nil, r.Start, ""); sorted(got) != sorted(want) {
		t.Errorf("the tree is\n%s, want\n%s", got, want)
	}
	all := ""
	for _, sp := range spans {
		all += sp.String()
	}
	for _, leak := range []string{"4711", "98765", "123456\""} {
		if strings.Contains(all, leak) {
			t.Errorf("the trace tells %q", leak)
		}
	}
	for _, want := range []string{"abc@host", "1234567890123456789", "carrier", "***65", "***56", "customer", "dial carriers", "bridge"} {
		if !strings.Contains(all, want) {
			t.Errorf("the trace does not tell %q: %s", want, all)
		}
	}
	s.Close()
	if st := s.Stats(); st != (Stats{Sent: 1}) {
		t.Errorf("stats %+v", st)
	}
}

// sorted makes trees comparable: siblings come in the order of their ends.
func sorted(tree string) string {
	lines := strings.Split(strings.TrimRight(tree, "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestAPeersTraceIsJoined(t *testing.T) {
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	c := newCollector(t, nil)
	s, _ := sender(t, c.URL, func(c *Config) { c.Ratio = 0; c.Numbers = true })
	defer s.Close()
	r, events := shop()
	s.Ended(r, events) // by chance: never
	r.Headers = map[string]string{"Traceparent": "00-" + theirs + "-00f067aa0ba902b7-01"}
	s.Ended(r, events)
	spans := <-c.spans
	for _, sp := range spans {
		if hex.EncodeToString(sp.TraceId) != theirs {
			t.Errorf("%s is of trace %x", sp.Name, sp.TraceId)
		}
	}
	if got := tree(spans, []byte{0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7}, r.Start, ""); !strings.HasPrefix(got, "call inbound") {
		t.Errorf("the call does not stand below the peer's span:\n%s", got)
	}
	if !strings.Contains(spans[0].String()+spans[len(spans)-1].String(), "+493098765") {
		t.Error("numbers are hidden, though they may be shown")
	}
}

func TestFaults(t *testing.T) {
	for cause, want := range map[string]bool{"normal": false, "busy": false, "failed": true, "no-media": true, "interrupted": true, "": false} {
		if fault(cause) != want {
			t.Errorf("%q is a fault: %v", cause, !want)
		}
	}
}

// BenchmarkMake is the making of one call's spans, beside the calls.
func BenchmarkMake(b *testing.B) {
	m := newMaker(Defaults(), "test")
	r, events := shop()
	b.ReportAllocs()
	for b.Loop() {
		if len(m.make(r, events)) == 0 {
			b.Fatal("no spans")
		}
	}
}
