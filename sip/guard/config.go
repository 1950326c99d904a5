package guard

import (
	"fmt"
	"strings"
	"time"
)

// Config says how much one source may do.
type Config struct {
	// Rate is how many messages a second a source may send, Burst how many at
	// once. 0: no limit.
	Rate  float64 `yaml:"rate"`
	Burst int     `yaml:"burst"`
	// TrunkRate and TrunkBurst are the same for the addresses of trunks, which
	// are never banned.
	TrunkRate  float64 `yaml:"trunk_rate"`
	TrunkBurst int     `yaml:"trunk_burst"`
	// Connections is how many TCP, TLS and WebSocket connections a source may
	// hold, TrunkConnections a trunk, MaxConnections all together.
	Connections      int `yaml:"connections"`
	TrunkConnections int `yaml:"trunk_connections"`
	MaxConnections   int `yaml:"max_connections"`
	// Idle ends a connection on which nothing is said; 0 never does.
	Idle time.Duration `yaml:"idle"`
	// BanAfter failures within BanWithin to prove who one is ban a source for
	// Ban. 0 failures: never.
	BanAfter  int           `yaml:"ban_after"`
	BanWithin time.Duration `yaml:"ban_within"`
	Ban       time.Duration `yaml:"ban"`
	// Sources is how many are remembered.
	Sources int `yaml:"sources"`
	// Agents are parts of the User-Agent of scanners, in any case.
	Agents []string `yaml:"agents"`
}

// Defaults suits a server on a public address with telephones and carriers.
func Defaults() Config {
	return Config{
		Rate: 50, Burst: 200, TrunkRate: 20000, TrunkBurst: 40000,
		Connections: 32, TrunkConnections: 512, MaxConnections: 4096, Idle: time.Hour,
		BanAfter: 10, BanWithin: 10 * time.Minute, Ban: time.Hour, Sources: 16384,
		Agents: []string{"friendly-scanner", "friendly-request", "sipvicious", "sipcli", "sip-scan", "sipsak", "sundayddr", "iwar", "sivus",
			"smap", "gulp", "vaxsipuseragent", "vaxasip", "pplsip", "eyebeam release 3006o", "sipscan", "siparmyknife", "cpsipscan", "masscan", "nm@nm"},
	}
}

// Validate reports every problem in c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	limit := func(key string, rate float64, burst int) {
		if rate < 0 {
			report(key+"rate", fmt.Sprintf("is %v", rate), "use messages a second, or 0 for no limit")
		}
		if rate > 0 && (burst < 1 || float64(burst) < rate/10) {
			report(key+"burst", fmt.Sprintf("is %d", burst), "use a tenth of the rate or more: retransmissions come in bunches")
		}
	}
	limit("", c.Rate, c.Burst)
	limit("trunk_", c.TrunkRate, c.TrunkBurst)
	for key, n := range map[string]int{"connections": c.Connections, "trunk_connections": c.TrunkConnections, "max_connections": c.MaxConnections} {
		if n < 1 {
			report(key, fmt.Sprintf("is %d", n), "use 1 or more")
		}
	}
	if c.Idle != 0 && c.Idle < 30*time.Second {
		report("idle", fmt.Sprintf("is %v", c.Idle), "use 30s or more, or 0s for never")
	}
	if c.BanAfter < 0 {
		report("ban_after", fmt.Sprintf("is %d", c.BanAfter), "use 10, or 0 for never")
	}
	if c.BanAfter > 0 && c.BanWithin <= 0 {
		report("ban_within", fmt.Sprintf("is %v", c.BanWithin), "use 10m")
	}
	if c.BanAfter > 0 && c.Ban <= 0 {
		report("ban", fmt.Sprintf("is %v", c.Ban), "use 1h, or switch bans off with ban_after: 0")
	}
	if c.Sources < shards || c.Sources > 1<<22 {
		report("sources", fmt.Sprintf("is %d", c.Sources), fmt.Sprintf("use %d to %d", shards, 1<<22))
	}
	for i, a := range c.Agents {
		if len(strings.TrimSpace(a)) < 3 {
			report(fmt.Sprintf("agents[%d]", i), fmt.Sprintf("is %q", a), "write three letters or more, or it hits the innocent")
		}
	}
}
