package audiosocket

import (
	"fmt"
	"net/netip"
	"time"
)

// Config is the voice side's end.
type Config struct {
	// Listen is the address of the listener.
	Listen string `yaml:"listen"`
	// Allow lists the addresses that may connect, as prefixes.
	Allow []string `yaml:"allow"`
	// Program serves connections with a UUID that was not announced; empty
	// refuses them.
	Program string `yaml:"program"`
	// MaxSessions limits sessions, those announced included.
	MaxSessions int `yaml:"max_sessions"`
	// HandshakeTimeout is how long a connection may take to send its UUID.
	HandshakeTimeout time.Duration `yaml:"handshake_timeout"`
	// AnnounceTimeout is how long capacity is reserved for an announced
	// session that does not connect.
	AnnounceTimeout time.Duration `yaml:"announce_timeout"`
}

// Defaults returns the Config of an installation that has not changed it.
func Defaults() Config {
	return Config{
		Listen:           "127.0.0.1:9092",
		Allow:            []string{"127.0.0.0/8", "::1/128"},
		MaxSessions:      500,
		HandshakeTimeout: 2 * time.Second,
		AnnounceTimeout:  10 * time.Second,
	}
}

// Validate reports every mistake in c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if _, err := netip.ParseAddrPort(c.Listen); err != nil {
		report("listen", fmt.Sprintf("%q is not an address with a port", c.Listen), "write it like 127.0.0.1:9092 or [::1]:9092")
	}
	for i, s := range c.Allow {
		if _, err := netip.ParsePrefix(s); err != nil {
			report(fmt.Sprintf("allow[%d]", i), fmt.Sprintf("%q is not a prefix", s), "write it like 192.0.2.0/24, or 192.0.2.7/32 for one address")
		}
	}
	if c.MaxSessions < 1 {
		report("max_sessions", fmt.Sprintf("%d sessions are none", c.MaxSessions), "allow at least 1")
	}
	if c.HandshakeTimeout < 100*time.Millisecond || c.HandshakeTimeout > time.Minute {
		report("handshake_timeout", fmt.Sprintf("%s is no useful time", c.HandshakeTimeout), "choose between 100ms and 1m")
	}
	if c.AnnounceTimeout < time.Second || c.AnnounceTimeout > 10*time.Minute {
		report("announce_timeout", fmt.Sprintf("%s is no useful time", c.AnnounceTimeout), "choose between 1s and 10m")
	}
}

// allowed returns the prefixes of Allow.
func (c Config) allowed() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range c.Allow {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("audiosocket allow list: %w", err)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}
