package locate

import (
	"fmt"
	"net/netip"
	"time"
)

// Config says whom to ask.
type Config struct {
	// Servers are DNS servers, address or address:port, in the order of
	// preference. Empty: those of /etc/resolv.conf.
	Servers []string `yaml:"servers"`
	// Timeout is how long one question may take, all servers together.
	Timeout time.Duration `yaml:"timeout"`
}

// Defaults asks the servers of the system.
func Defaults() Config { return Config{Timeout: 2 * time.Second} }

// Validate reports every problem in c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	for i, s := range c.Servers {
		if _, err := server(s); err != nil {
			report(fmt.Sprintf("servers[%d]", i), fmt.Sprintf("%q is not an IP address", s), "write 192.0.2.53 or 192.0.2.53:53")
		}
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > 30*time.Second {
		report("timeout", fmt.Sprintf("is %v", c.Timeout), "use 100ms to 30s")
	}
}

// server reads address or address:port.
func server(text string) (netip.AddrPort, error) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap, nil
	}
	addr, err := netip.ParseAddr(text)
	return netip.AddrPortFrom(addr, 53), err
}
