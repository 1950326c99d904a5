package main

import (
	"context"
	"log/slog"
	"slices"
)

// unwritten is a slog.Handler that writes the attributes of a logger out when
// it logs, and not when it is made: every call has loggers of its own, and
// most never say a word.
type unwritten struct {
	slog.Handler
	attrs []slog.Attr
}

// WithAttrs implements slog.Handler.
func (u unwritten) WithAttrs(attrs []slog.Attr) slog.Handler {
	return unwritten{u.Handler, append(slices.Clip(u.attrs), attrs...)}
}

// WithGroup implements slog.Handler.
func (u unwritten) WithGroup(name string) slog.Handler {
	return unwritten{Handler: u.Handler.WithAttrs(u.attrs).WithGroup(name)}
}

// Handle implements slog.Handler.
func (u unwritten) Handle(ctx context.Context, r slog.Record) error {
	if len(u.attrs) == 0 {
		return u.Handler.Handle(ctx, r)
	}
	whole := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	whole.AddAttrs(u.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		whole.AddAttrs(a)
		return true
	})
	return u.Handler.Handle(ctx, whole)
}
