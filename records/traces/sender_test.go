package traces

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"parley/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector is an OTLP receiver.
type collector struct {
	*httptest.Server
	spans chan []*tracev1.Span
	asked chan http.Header
}

func newCollector(t *testing.T, answer http.HandlerFunc) *collector {
	c := &collector{spans: make(chan []*tracev1.Span, 100), asked: make(chan http.Header, 100)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer != nil {
			answer(w, r)
			return
		}
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		data, _ := io.ReadAll(body)
		var req v1.ExportTraceServiceRequest
		if err := proto.Unmarshal(data, &req); err != nil {
			t.Error(err)
		}
		var spans []*tracev1.Span
		for _, rs := range req.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				spans = append(spans, ss.Spans...)
			}
		}
		c.asked <- r.Header
		c.spans <- spans
	}))
	t.Cleanup(c.Close)
	return c
}

func sender(t *testing.T, url string, change func(*Config)) (*Sender, *lines) {
	t.Helper()
	cfg := Defaults()
	cfg.Endpoint = url + "/v1/traces"
	if change != nil {
		change(&cfg)
	}
	log := &lines{}
	s, err := New(cfg, "test", slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// lines is a log that counts.
type lines struct {
	mu   sync.Mutex
	text string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text += string(b)
	return len(b), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}

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
		{At: 6000, Kind: call.KindProgram, Text: "transfer to +4930123456"},
		{At: 9000, Kind: call.KindEnded, Text: "normal"},
	}
	return call.Record{
		ID: "1234567890123456789", Door: "sip", Direction: "inbound", Caller: "+493098765", Called: "shop", Trunk: "carrier",
		WireID: "abc@host", Start: start, Answered: start.Add(1005 * time.Millisecond), End: start.Add(9 * time.Second),
		HangupBy: "customer", Cause: "normal", Program: "transfer to +4930123456",
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
  program 2ms..6s
    turn 4s..4.82s [cut 5.1s]
      end of turn 4s..4.7s
      recogniser 4.7s..4.75s
      answer 4.75s..4.76s
      voice 4.76s..4.8s
      wire 4.8s..4.82s
  transfer 6s..9s
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
	for _, want := range []string{"abc@host", "1234567890123456789", "carrier", "***65", "***56", "customer"} {
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

// TestACollectorThatIsGone costs nobody anything: traces are dropped and
// counted, and the log is told once a second at most.
func TestACollectorThatIsGone(t *testing.T) {
	c := newCollector(t, nil)
	c.Close()
	s, log := sender(t, c.URL, func(c *Config) { c.Timeout = 100 * time.Millisecond })
	began := time.Now()
	r, events := shop()
	for range 200 {
		s.Ended(r, events)
	}
	s.Close()
	if st := s.Stats(); st.Sent != 0 || st.Dropped != 200 {
		t.Errorf("stats %+v", st)
	}
	if n := strings.Count(log.String(), "traces are lost"); n < 1 || n > 1+int(time.Since(began)/time.Second) {
		t.Errorf("%d lines:\n%s", n, log)
	}
	s.Ended(r, events)
	if st := s.Stats(); st.Dropped != 201 {
		t.Errorf("one after the end: %+v", st)
	}
}

// TestACollectorThatHangs: what waits is bounded, and so is the end.
func TestACollectorThatHangs(t *testing.T) {
	release := make(chan struct{})
	begun := make(chan struct{}, 100)
	c := newCollector(t, func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	s, _ := sender(t, c.URL, func(c *Config) { c.Timeout = time.Minute })
	r, events := shop()
	s.Ended(r, events)
	<-begun
	for range maxCalls + 7 {
		s.Ended(r, events)
	}
	if st := s.Stats(); st.Dropped != 7 {
		t.Errorf("%+v: a full queue has to drop 7", st)
	}
	s.Close() // returns, or the test's own time runs out
	if st := s.Stats(); st.Dropped != maxCalls+8 || s.held.Load() != 0 {
		t.Errorf("after the end %+v, %d events held", st, s.held.Load())
	}
}

// TestLongJournalsDoNotPileUp: it is the memory that is bounded, not only the
// number of calls.
func TestLongJournalsDoNotPileUp(t *testing.T) {
	s := &Sender{cfg: Defaults(), log: slog.New(slog.DiscardHandler), queue: make(chan finished, maxCalls), stopping: make(chan struct{})}
	r, _ := shop()
	for range 12 {
		s.Ended(r, make([]call.Event, 20000))
	}
	if len(s.queue) != 10 || s.Stats().Dropped != 2 || s.held.Load() != maxHeld {
		t.Errorf("%d wait, %+v, %d events", len(s.queue), s.Stats(), s.held.Load())
	}
}

// TestTheEndFlushes: what waits when the program ends is sent.
func TestTheEndFlushes(t *testing.T) {
	c := newCollector(t, nil)
	s, _ := sender(t, c.URL, nil)
	r, events := shop()
	for range 50 {
		s.Ended(r, events)
	}
	s.Close()
	if st := s.Stats(); st != (Stats{Sent: 50}) {
		t.Errorf("stats %+v", st)
	}
}

func TestFaults(t *testing.T) {
	for cause, want := range map[string]bool{"normal": false, "busy": false, "failed": true, "no-media": true, "interrupted": true, "": false} {
		if fault(cause) != want {
			t.Errorf("%q is a fault: %v", cause, !want)
		}
	}
}

// BenchmarkEnded is what a call's end pays.
func BenchmarkEnded(b *testing.B) {
	s := &Sender{cfg: Defaults(), log: slog.New(slog.DiscardHandler), queue: make(chan finished, maxCalls), stopping: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for {
			select {
			case f := <-s.queue:
				s.held.Add(-int64(len(f.events)))
			case <-ctx.Done():
				return
			}
		}
	}()
	r, events := shop()
	b.ReportAllocs()
	for b.Loop() {
		s.Ended(r, events)
	}
}
