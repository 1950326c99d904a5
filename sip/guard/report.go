package guard

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// Message is the text of every line about security; the rest stands in its
// attributes.
const Message = "sip security"

// linesPerSecond bounds the log.
const linesPerSecond = 50

// reporter writes the lines.
type reporter struct {
	log *slog.Logger

	mu      sync.Mutex
	second  time.Time
	written int
	omitted uint64
}

func newReporter(log *slog.Logger) *reporter { return &reporter{log: log} }

// write writes a line, or counts it if there are too many. event and source
// come first: they are all that fail2ban looks at, and nobody else can write
// before them.
func (r *reporter) write(now time.Time, event string, source netip.Addr, more ...slog.Attr) {
	r.mu.Lock()
	if now.Sub(r.second) >= time.Second {
		r.second, r.written = now, 0
	}
	if r.written >= linesPerSecond {
		r.omitted++
		r.mu.Unlock()
		return
	}
	r.written++
	omitted := r.omitted
	r.omitted = 0
	r.mu.Unlock()
	attrs := append([]slog.Attr{slog.String("event", event), slog.String("source", source.Unmap().WithZone("").String())}, more...)
	if omitted > 0 {
		attrs = append(attrs, slog.Uint64("omitted", omitted))
	}
	r.log.LogAttrs(context.Background(), slog.LevelWarn, Message, attrs...)
}

// Note writes a line about security that speaks against nobody in particular.
func (g *Guard) Note(now time.Time, event Event, source netip.Addr, more ...slog.Attr) {
	g.report.write(now, string(event), source, more...)
}
