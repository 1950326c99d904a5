package calls

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"parley/test/harness"
)

// TestReload: routes and trunks change for the next call, by a signal and by
// the API; a call that is up stays, and a mistake changes nothing.
func TestReload(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{Config: harness.Map{
		"routes": []harness.Map{{"called": "old", "echo": true}},
	}})
	phone := p.NewPhone(t, "ann")
	if r := phone.Call("old", harness.Offer("RTP/AVP", 4000)); r.Code != 200 {
		t.Fatalf("the first call got %d", r.Code)
	}
	change := func(from, to string) {
		t.Helper()
		data, err := os.ReadFile(p.Config())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), from) {
			t.Fatalf("the configuration has no %q", from)
		}
		if err := os.WriteFile(p.Config(), []byte(strings.Replace(string(data), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	called := func(number string) int {
		other := p.NewPhone(t, "bob")
		r := other.Call(number, harness.Offer("RTP/AVP", 4002))
		if r.Code == 200 {
			other.Hangup(number)
		}
		return r.Code
	}
	change("called: old", "called: new")
	p.Signal(syscall.SIGHUP)
	harness.Eventually(t, "the new route", func() bool { return called("new") == 200 })
	if code := called("old"); code != 404 {
		t.Errorf("the old number got %d", code)
	}
	change("called: new", "colled: new")
	if status, body := p.Post("/v1/reload", struct{}{}); status != 422 || !strings.Contains(string(body), "colled") {
		t.Errorf("a mistake: %d %s", status, body)
	}
	change("colled: new", "called: third")
	change("level: DEBUG", "level: WARN")
	if status, body := p.Post("/v1/reload", struct{}{}); status != 422 || !strings.Contains(string(body), "log can be changed by a restart only") {
		t.Errorf("a change that needs a restart: %d %s", status, body)
	}
	if code := called("new"); code != 200 {
		t.Errorf("after refused reloads the number got %d", code)
	}
	change("level: WARN", "level: DEBUG")
	if status, body := p.Post("/v1/reload", struct{}{}); status != 204 {
		t.Errorf("reload: %d %s", status, body)
	}
	if code := called("third"); code != 200 {
		t.Errorf("the third number got %d", code)
	}
	harness.Eventually(t, "the first call is up alone", func() bool { live := p.Live(); return len(live) == 1 && live[0].Called == "old" })
	phone.Hangup("old")
}
