package main

import (
	"bytes"
	"log/slog"
	"testing"
)

// TestLogLinesAreTheSame: a logger whose attributes are written late writes what
// any other does.
func TestLogLinesAreTheSame(t *testing.T) {
	lines := func(wrap func(slog.Handler) slog.Handler) string {
		var b bytes.Buffer
		untimed := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}
		log := slog.New(wrap(slog.NewTextHandler(&b, untimed)))
		log.Info("bare", "n", 1)
		one := log.With("call", 7)
		two := one.With("sip_call_id", "x y")
		other := one.With("peer", "z")
		two.Warn("two", "why", "a b")
		other.Info("other")
		two.WithGroup("g").With("in", 1).Info("grouped", "deep", 2)
		one.Debug("not at this level")
		return b.String()
	}
	want := lines(func(h slog.Handler) slog.Handler { return h })
	if got := lines(func(h slog.Handler) slog.Handler { return unwritten{Handler: h} }); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
