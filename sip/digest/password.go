package digest

import "log/slog"

// Password is a secret of the configuration. It comes from the environment or
// a file, and never shows itself in a log or a message.
type Password string

const hidden = "(secret)"

// String implements fmt.Stringer.
func (p Password) String() string {
	if p == "" {
		return ""
	}
	return hidden
}

// GoString implements fmt.GoStringer.
func (p Password) GoString() string { return `"` + p.String() + `"` }

// LogValue implements slog.LogValuer.
func (p Password) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText implements encoding.TextMarshaler.
func (p Password) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
