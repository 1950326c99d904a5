package trunk

import (
	"fmt"
	"net/netip"
	"strings"
)

// CIDR is a range of addresses; a lone address is a range of one.
type CIDR struct{ netip.Prefix }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *CIDR) UnmarshalText(text []byte) error {
	s := string(text)
	if !strings.Contains(s, "/") {
		addr, err := netip.ParseAddr(s)
		if err != nil {
			return fmt.Errorf("address %q: %w", s, err)
		}
		c.Prefix = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return fmt.Errorf("address range %q: %w", s, err)
	}
	c.Prefix = p.Masked()
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (c CIDR) MarshalText() ([]byte, error) {
	if c.IsSingleIP() {
		return c.Addr().MarshalText()
	}
	return c.Prefix.MarshalText()
}
