package calls

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"parley/test/harness"
)

// dashboard is what of etc/grafana/parley.json asks for metrics.
type dashboard struct {
	Panels []struct {
		ID      int
		Title   string
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct{ Name, Query string }
	}
}

var (
	braces = regexp.MustCompile(`\{[^}]*\}|\[[^]]*\]|"[^"]*"`)
	by     = regexp.MustCompile(`\b(by|without)\s*\([^)]*\)`)
	words  = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*\b\s*\(?`)
)

// metricsOf returns the names of the metrics in an expression of PromQL: the
// words outside of braces and brackets that are not functions.
func metricsOf(expr string) (names []string) {
	expr = by.ReplaceAllString(braces.ReplaceAllString(expr, ""), "")
	for _, w := range words.FindAllString(expr, -1) {
		if !strings.HasSuffix(w, "(") {
			names = append(names, strings.TrimSpace(w))
		}
	}
	return names
}

// TestDashboard: every metric that the sample dashboard shows is one that the
// program has.
//
// It is over before the tests begin that measure what is heard when.
func TestDashboard(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(harness.Root(), "etc", "grafana", "parley.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	p := harness.Start(t, harness.Options{Config: harness.Map{
		"routes": []harness.Map{{"called": "echo", "echo": true}},
		"traces": harness.Map{"endpoint": "http://127.0.0.1:9/v1/traces"},
		"sip": harness.Map{"trunks": []harness.Map{
			{"name": "phones", "addresses": []string{"127.0.0.1"}},
			{"name": "carrier", "host": "127.0.0.2:9", "allow": []string{"*"}, "auth": harness.Map{"username": "us"},
				"qualify":  harness.Map{"every": "1s", "timeout": "100ms", "failures": 1},
				"register": harness.Map{"registrars": []string{"127.0.0.2:9"}}},
		}},
	}})
	p.Call(t, "echo", "--wait", "300ms", "--linger", "100ms")
	has := func() map[string]bool {
		names := map[string]bool{}
		for line := range strings.Lines(string(p.Get("/metrics"))) {
			if name := words.FindString(line); !strings.HasPrefix(line, "#") {
				names[strings.TrimSpace(name)] = true
			}
		}
		return names
	}
	harness.Eventually(t, "the trunk is known to be down", func() bool { return has()["parley_trunk_up"] })
	there, seen := has(), map[string]bool{}
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			found := metricsOf(target.Expr)
			if len(found) == 0 {
				t.Errorf("panel %q: no metric in %s", panel.Title, target.Expr)
			}
			for _, name := range found {
				seen[name] = true
				if !there[name] {
					t.Errorf("panel %q shows %s, which the program does not have", panel.Title, name)
				}
			}
		}
	}
	for _, v := range d.Templating.List {
		if name, ok := strings.CutPrefix(v.Query, "label_values("); ok {
			if name, _, _ = strings.Cut(name, ","); !there[name] {
				t.Errorf("variable %s is made of %s, which the program does not have", v.Name, name)
			}
		}
	}
	if len(seen) < 25 {
		t.Errorf("only %d metrics were looked for", len(seen))
	}
}

func TestMetricsOfExpressions(t *testing.T) {
	got := strings.Join(metricsOf(`histogram_quantile(0.5, sum by (le, stage) (rate(a_bucket{stage!="b c"}[$__rate_interval]))) / sum(d{e="f"})`), " ")
	if got != "a_bucket d" {
		t.Errorf("got %q", got)
	}
}
