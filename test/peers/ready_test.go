package peers

import (
	"net/http"
	"strings"
	"testing"

	"parley/test/harness"
)

// TestReadyTellsEveryLimit: while a call would be refused, /readyz is 503 and
// says by which limit; afterwards it is 200 again.
func TestReadyTellsEveryLimit(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]harness.Map{
		"sip.limits.max_calls":        {"sip": harness.Map{"limits": harness.Map{"max_calls": 1}}},
		"limit of simultaneous calls": {"records": harness.Map{"max_calls": 1}},
		"audiosocket.max_sessions":    {"audiosocket": harness.Map{"max_sessions": 1}},
	} {
		t.Run(reason, func(t *testing.T) {
			p := harness.Start(t, harness.Options{Config: c})
			f := p.NewPhone(t, "127.0.0.1")
			if r := f.Call("shop", harness.Offer("RTP/AVP", 40000)); r.Code != 200 {
				t.Fatalf("the call got %d", r.Code)
			}
			harness.Eventually(t, "/readyz says 503", func() bool { return p.Status("/readyz") == http.StatusServiceUnavailable })
			if body := p.Answer("/readyz"); !strings.Contains(body, reason) {
				t.Errorf("the reason is %s, want %s", body, reason)
			}
			f.Hangup("shop")
			harness.Eventually(t, "/readyz says 200", func() bool { return p.Status("/readyz") == http.StatusOK })
		})
	}
}
