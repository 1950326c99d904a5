package guard

import (
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"
)

// Guard watches sources. It may be used by many at once.
type Guard struct {
	cfg     atomic.Pointer[Config]
	agents  atomic.Pointer[agents]
	sources *table
	report  *reporter

	connections atomic.Int64
	counts      struct{ flood, scanners, banned, bans, crowded atomic.Uint64 }
}

// New makes a Guard. The number of sources stays what it is for its life.
func New(cfg Config, log *slog.Logger) *Guard {
	g := &Guard{sources: newTable(cfg.Sources), report: newReporter(log)}
	g.Reload(cfg)
	return g
}

// Reload makes cfg count from now on.
func (g *Guard) Reload(cfg Config) {
	g.agents.Store(newAgents(cfg.Agents))
	g.cfg.Store(&cfg)
}

// Stats counts what has been kept away.
type Stats struct {
	Flood       uint64 `json:"flood" doc:"messages above a source's rate"`
	Scanners    uint64 `json:"scanners" doc:"messages of scanners"`
	Banned      uint64 `json:"banned" doc:"messages and connections of banned sources"`
	Bans        uint64 `json:"bans" doc:"sources that have been banned"`
	Crowded     uint64 `json:"crowded" doc:"connections above a limit"`
	Connections int    `json:"connections" doc:"that are open"`
}

// Stats returns the counters.
func (g *Guard) Stats() Stats {
	return Stats{
		Flood: g.counts.flood.Load(), Scanners: g.counts.scanners.Load(), Banned: g.counts.banned.Load(),
		Bans: g.counts.bans.Load(), Crowded: g.counts.crowded.Load(), Connections: int(g.connections.Load()),
	}
}

// verdict is what has been decided about a message.
type verdict uint8

const (
	pass verdict = iota
	flooding
	scanning
	outlawed
)

// Admits decides about a message before anything of it is parsed. trusted are
// the addresses of trunks. It does not allocate.
func (g *Guard) Admits(now time.Time, from netip.Addr, trusted bool, message []byte) bool {
	cfg := g.cfg.Load()
	rate, burst := cfg.Rate, cfg.Burst
	scans := false
	if trusted {
		rate, burst = cfg.TrunkRate, cfg.TrunkBurst
	} else {
		scans = g.agents.Load().in(message)
	}
	var v verdict
	var tell bool
	g.sources.with(from, now, func(s *source) {
		switch {
		case !trusted && now.Before(s.banned):
			v = outlawed
			return
		case scans:
			v = scanning
		case !s.take(now, rate, float64(burst)):
			v = flooding
		default:
			return
		}
		if tell = now.Sub(s.told) >= time.Minute; tell {
			s.told = now
		}
	})
	switch v {
	case pass:
		return true
	case outlawed:
		g.counts.banned.Add(1)
	case scanning:
		g.counts.scanners.Add(1)
		if tell {
			g.report.write(now, "scanner", from, slog.String("agent", agentOf(message)))
		}
	case flooding:
		g.counts.flood.Add(1)
		if tell {
			g.report.write(now, "flood", from, slog.Float64("rate", rate))
		}
	}
	return false
}

// take takes a token, if there is one.
func (s *source) take(now time.Time, rate, burst float64) bool {
	if rate <= 0 {
		return true
	}
	if s.filled.IsZero() {
		s.tokens = burst
	} else {
		s.tokens = min(s.tokens+now.Sub(s.filled).Seconds()*rate, burst)
	}
	s.filled = now
	if s.tokens < 1 {
		return false
	}
	s.tokens--
	return true
}

// Event is a failure that speaks against its source.
type Event string

const (
	AuthFailed  Event = "auth-failed"  // wrong credentials
	UnknownUser Event = "unknown-user" // a user or number that does not exist
	Stranger    Event = "stranger"     // somebody who has no business here
)

// Failed notes that from has failed to show what it may do; too many failures
// in a time ban it, unless it is trusted. more goes into the log line.
func (g *Guard) Failed(now time.Time, from netip.Addr, trusted bool, what Event, more ...slog.Attr) {
	g.report.write(now, string(what), from, more...)
	cfg := g.cfg.Load()
	if trusted || cfg.BanAfter <= 0 {
		return
	}
	banned := false
	g.sources.with(from, now, func(s *source) {
		leak := now.Sub(s.failed).Seconds() / cfg.BanWithin.Seconds() * float64(cfg.BanAfter)
		s.failures = max(s.failures-leak, 0) + 1
		s.failed = now
		if s.failures >= float64(cfg.BanAfter) && !now.Before(s.banned) {
			s.failures, s.banned, banned = 0, now.Add(cfg.Ban), true
		}
	})
	if banned {
		g.counts.bans.Add(1)
		g.report.write(now, "banned", from, slog.Duration("for", cfg.Ban))
	}
}

// Proved notes that from has shown who it is: what failed before is forgotten.
func (g *Guard) Proved(from netip.Addr) {
	g.sources.existing(from, func(s *source) { s.failures = 0 })
}

// Connect enters a connection; release takes it out again and must be called
// once. It is refused if from is banned or has too many.
func (g *Guard) Connect(now time.Time, from netip.Addr, trusted bool) (release func(), ok bool) {
	cfg := g.cfg.Load()
	limit := cfg.Connections
	if trusted {
		limit = cfg.TrunkConnections
	}
	if g.connections.Add(1) > int64(cfg.MaxConnections) {
		g.connections.Add(-1)
		g.counts.crowded.Add(1)
		g.report.write(now, "crowd", from, slog.Int("connections", cfg.MaxConnections))
		return nil, false
	}
	var banned, full, tell bool
	g.sources.with(from, now, func(s *source) {
		banned, full = !trusted && now.Before(s.banned), s.connections >= limit
		if !banned && !full {
			s.connections++
		} else if tell = full && now.Sub(s.told) >= time.Minute; tell {
			s.told = now
		}
	})
	switch {
	case banned:
		g.counts.banned.Add(1)
	case full:
		g.counts.crowded.Add(1)
		if tell {
			g.report.write(now, "crowd", from, slog.Int("connections", limit))
		}
	default:
		return func() { g.leave(from) }, true
	}
	g.connections.Add(-1)
	return nil, false
}

func (g *Guard) leave(from netip.Addr) {
	g.connections.Add(-1)
	g.sources.existing(from, func(s *source) { s.connections = max(s.connections-1, 0) })
}

// Idle is how long a connection may be silent; 0: for ever.
func (g *Guard) Idle() time.Duration { return g.cfg.Load().Idle }
