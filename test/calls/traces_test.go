package calls

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	v1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"parley/test/harness"
)

// TestTraces: a collector is told of a call, and of its numbers no more than
// their ends.
//
// It is over before the tests begin that measure what is heard when.
func TestTraces(t *testing.T) {
	var mu sync.Mutex
	got := ""
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		data, _ := io.ReadAll(z)
		var req v1.ExportTraceServiceRequest
		if err := proto.Unmarshal(data, &req); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		got += req.String()
	}))
	t.Cleanup(collector.Close)
	p := harness.Start(t, harness.Options{Config: harness.Map{
		"routes": []harness.Map{{"called": "echo", "echo": true}},
		"traces": harness.Map{"endpoint": collector.URL + "/v1/traces"},
	}})
	report, _ := p.Call(t, "echo", "--from", "493012345", "--wait", "300ms", "--linger", "100ms")
	told := func() string {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
	harness.Eventually(t, "the trace", func() bool { return strings.Contains(told(), report.WireID) })
	for _, want := range []string{"call inbound", "loopback", "***45", "hang-up", `"program"`} {
		if !strings.Contains(told(), want) {
			t.Errorf("no %s in %s", want, told())
		}
	}
	if strings.Contains(told(), "493012345") {
		t.Error("the caller's number is told")
	}
	harness.Eventually(t, "it is counted", func() bool { return p.Metric("parley_traces_sent_total") == 1 })
}
