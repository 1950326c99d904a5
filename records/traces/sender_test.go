package traces

import (
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
