package hep

import (
	"fmt"
	"net"

	"parley/sip/digest"
)

// Config says where copies go.
type Config struct {
	// Collector is host:port; empty: nothing is copied.
	Collector string `yaml:"collector"`
	// Network is udp or tcp.
	Network string `yaml:"network"`
	// ID is our number among the collector's agents, Password what it wants.
	ID       uint32          `yaml:"id"`
	Password digest.Password `yaml:"password"`
	// RTCP is copied too.
	RTCP bool `yaml:"rtcp"`
}

// Defaults copies nothing.
func Defaults() Config { return Config{Network: "udp", ID: 2001, RTCP: true} }

// Validate reports every problem in c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Collector != "" {
		if host, port, err := net.SplitHostPort(c.Collector); err != nil || host == "" || port == "" {
			report("collector", fmt.Sprintf("%q is not host:port", c.Collector), "write 192.0.2.60:9060")
		}
	}
	if c.Network != "udp" && c.Network != "tcp" {
		report("network", fmt.Sprintf("is %q", c.Network), "use udp or tcp")
	}
}
