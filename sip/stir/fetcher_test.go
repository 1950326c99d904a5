package stir_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/sip/stir"
	"parley/sip/stir/stirtest"
)

// TestPrivateAddressesAreNotAsked: who calls does not make us ask our own
// network.
func TestPrivateAddressesAreNotAsked(t *testing.T) {
	a := stirtest.New(t)
	cfg := a.Config()
	cfg.Private = false
	r := verifier(t, cfg).Verify(t.Context(), callWith(a.Issue("good", nil).Token(nil, nil)), time.Now())
	if r.Problem == nil || r.Problem.Status != 436 || !strings.Contains(r.Problem.Why, "private address") || a.Asked.Load() != 0 {
		t.Errorf("%+v, %+v; asked %d times", r, r.Problem, a.Asked.Load())
	}
}

// TestAServerThatCannotProveItself is not believed.
func TestAServerThatCannotProveItself(t *testing.T) {
	a := stirtest.New(t)
	cfg := a.Config()
	cfg.CA = cfg.Anchors
	r := verifier(t, cfg).Verify(t.Context(), callWith(a.Issue("good", nil).Token(nil, nil)), time.Now())
	if r.Problem == nil || r.Problem.Status != 436 || !strings.Contains(r.Problem.Why, "certificate signed by unknown authority") {
		t.Errorf("%+v, %+v", r, r.Problem)
	}
}

// TestASlowServer: the call goes on after the deadline; the certificate is
// there for the next.
func TestASlowServer(t *testing.T) {
	a := stirtest.New(t)
	good := a.Issue("good", nil)
	release := make(chan struct{})
	slow := good.Token(object{"x5u": a.Page("/slow.pem", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		_, _ = w.Write(good.PEM)
	})}, nil)
	cfg := a.Config()
	cfg.Deadline = 100 * time.Millisecond
	v := verifier(t, cfg)
	r := v.Verify(t.Context(), callWith(slow), time.Now())
	if r.Verstat != stir.None || !strings.HasSuffix(r.Verdicts[0], "fetch timed out") || r.Problem.Status != 436 {
		t.Errorf("%+v, %+v", r, r.Problem)
	}
	close(release)
	for v.Verify(t.Context(), callWith(slow), time.Now()).Verstat != stir.Passed && t.Context().Err() == nil {
	}
	if n := a.Asked.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

// TestCertificatesAreKept: one fetch serves many calls, failures too, for as
// long as the server says.
func TestCertificatesAreKept(t *testing.T) {
	a := stirtest.New(t)
	good := a.Issue("good", nil)
	v := verifier(t, a.Config())
	kept := func(path, control string) string {
		return good.Token(object{"x5u": a.Page(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", control)
			_, _ = w.Write(good.PEM)
		})}, nil)
	}
	now := time.Now()
	fetches := func(token string, at ...time.Duration) int64 {
		before := a.Asked.Load()
		for _, d := range at {
			v.Verify(t.Context(), callWith(token), now.Add(d))
		}
		return a.Asked.Load() - before
	}
	for name, c := range map[string]struct {
		token string
		at    []time.Duration
		want  int64
	}{
		"usual":       {good.Token(nil, nil), []time.Duration{0, time.Second, 50 * time.Second}, 1},
		"ten seconds": {kept("/ten.pem", "public, max-age=10"), []time.Duration{0, 9 * time.Second, 11 * time.Second, 20 * time.Second}, 2},
		"not at all":  {kept("/none.pem", "no-store"), []time.Duration{0, 0, 0}, 3},
		"missing":     {good.Token(object{"x5u": a.URL + "/missing.pem"}, nil), []time.Duration{0, 29 * time.Second, 31 * time.Second}, 2},
	} {
		if n := fetches(c.token, c.at...); n != c.want {
			t.Errorf("%s: fetched %d times, want %d", name, n, c.want)
		}
	}
	var wg sync.WaitGroup
	before := a.Asked.Load()
	many := kept("/many.pem", "")
	for range 50 {
		wg.Go(func() {
			if r := v.Verify(t.Context(), callWith(many), now); r.Verstat != stir.Passed {
				t.Errorf("%+v", r.Problem)
			}
		})
	}
	wg.Wait()
	if n := a.Asked.Load() - before; n != 1 {
		t.Errorf("fifty calls at once fetched %d times", n)
	}
	if st := v.Stats(); st.Passed < 50 || st.None != 3 || st.Fetched == 0 || st.FetchFailed != 2 {
		t.Errorf("%+v", st)
	}
}

// TestWorkersAreBounded: servers that hang take no more than their share, and
// the end does not wait for them.
func TestWorkersAreBounded(t *testing.T) {
	a := stirtest.New(t)
	good := a.Issue("good", nil)
	cfg := a.Config()
	cfg.Deadline = 50 * time.Millisecond
	v := verifier(t, cfg)
	a.Page("/hang/", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for i := range 20 {
		r := v.Verify(t.Context(), callWith(good.Token(object{"x5u": a.URL + "/hang/" + string(rune('a'+i))}, nil)), time.Now())
		busy := strings.Contains(r.Problem.Why, "too many certificates")
		if busy != (i >= 16) || r.Problem.Status != 436 {
			t.Errorf("call %d: %+v", i, r.Problem)
		}
	}
	v.Close()
}
