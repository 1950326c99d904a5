package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// figure is one line of the output.
type figure struct {
	Figure string   `json:"figure"`
	Unit   string   `json:"unit"`
	Value  float64  `json:"value"`
	P50    *float64 `json:"p50,omitempty"`
	P95    *float64 `json:"p95,omitempty"`
	P99    *float64 `json:"p99,omitempty"`
	P999   *float64 `json:"p99_9,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	Asked  string   `json:"asked,omitempty"`
	Met    *bool    `json:"met,omitempty"`
	N      int      `json:"n"`
	// More holds what else was measured in the same run.
	More    map[string]float64 `json:"more,omitempty"`
	Note    string             `json:"note,omitempty"`
	Machine string             `json:"machine,omitempty"`
}

// ask says what the figure is to be, and whether it is.
func (f *figure) ask(asked string, met bool) { f.Asked, f.Met = asked, &met }

// print writes f to both outputs.
func (f figure) print() {
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", f.Figure, err)
		return
	}
	verdict := "    "
	if f.Met != nil {
		verdict = map[bool]string{true: "ok  ", false: "MISS"}[*f.Met]
	}
	text := fmt.Sprintf("%s %-38s %9.3f %-18s", verdict, f.Figure, f.Value, f.Unit)
	for _, p := range []struct {
		name  string
		value *float64
	}{{"p50", f.P50}, {"p95", f.P95}, {"p99", f.P99}, {"p99.9", f.P999}, {"max", f.Max}} {
		if p.value != nil {
			text += fmt.Sprintf(" %s %.3f", p.name, *p.value)
		}
	}
	fmt.Fprintf(os.Stderr, "%s  n %d  %s\n", text, f.N, f.Asked)
}

// spread is a set of measured values.
type spread []float64

// at returns the q-th quantile, 0 to 1; 0 of nothing.
func (s spread) at(q float64) float64 {
	if len(s) == 0 {
		return 0
	}
	slices.Sort(s)
	return s[min(int(q*float64(len(s))), len(s)-1)]
}

// quantiles puts s into a figure.
func (s spread) quantiles(f *figure) {
	ptr := func(q float64) *float64 { v := round(s.at(q)); return &v }
	f.N = len(s)
	f.P50, f.P95, f.P99, f.P999, f.Max = ptr(0.5), ptr(0.95), ptr(0.99), ptr(0.999), ptr(1)
}

// round leaves a microsecond of a millisecond.
func round(v float64) float64 { return float64(int64(v*10000+0.5)) / 10000 }

// machine describes what the figures were taken on.
func machine() string {
	load, _ := os.ReadFile("/proc/loadavg")
	return fmt.Sprintf("%d cores, load before %s, %s", runtime.NumCPU(), strings.Join(strings.Fields(string(load))[:min(3, len(strings.Fields(string(load))))], " "), runtime.Version())
}
