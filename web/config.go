package web

import (
	"fmt"
	"net"
	"strconv"
)

// Config of the HTTP server.
type Config struct {
	// Listen is host:port.
	Listen string `yaml:"listen"`
	// Token is the bearer token of the API. Empty: one is made at the first
	// start and kept in the data folder, in the file "token".
	Token string `yaml:"token"`
}

// Defaults listen on loopback only.
func Defaults() Config { return Config{Listen: "127.0.0.1:8080"} }

// Validate reports values that New would refuse.
func (c Config) Validate(report func(key, problem, remedy string)) {
	_, port, err := net.SplitHostPort(c.Listen)
	if _, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil {
		report("listen", fmt.Sprintf("%q is not host:port", c.Listen), "use for example 127.0.0.1:8080")
	}
	if c.Token != "" && len(c.Token) < minToken {
		report("token", "is too short to be a secret", fmt.Sprintf("use %d characters or more, or none to have one made", minToken))
	}
}

const minToken = 16
