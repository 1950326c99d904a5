package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"parley/media"
)

// Config is everything about SIP that an administrator may choose.
type Config struct {
	Listen []Listener `yaml:"listen"`
	// Peers are those we talk to. A request from anybody else is treated as
	// Unknown says.
	Peers []Peer `yaml:"peers"`
	// Unknown is DropUnknown (no answer at all) or RejectUnknown (403).
	Unknown string `yaml:"unknown"`
	// Codecs lists encoding names, preferred first.
	Codecs []string `yaml:"codecs"`
	// RingTimeout ends a call that is not answered, in either direction.
	RingTimeout time.Duration `yaml:"ring_timeout"`
	// RTPTimeout ends an answered call whose party, not on hold, sends no
	// media. 0 never does.
	RTPTimeout time.Duration `yaml:"rtp_timeout"`
	Limits     SessionLimits `yaml:"limits"`
	Timers     Timers        `yaml:"timers"`
	policy     *policy
}

// Listener is one address that we listen on.
type Listener struct {
	// Network is "udp" or "tcp".
	Network string `yaml:"network"`
	// Address is host:port; the host is an IP address, port 0 takes any.
	Address string `yaml:"address"`
	// External is the address that peers reach us under, where it differs
	// (NAT): an IP address, with or without a port. Empty: the local one.
	External string `yaml:"external"`
}

// Peer is somebody we exchange calls with, known by address.
type Peer struct {
	Name      string `yaml:"name"`
	Addresses []CIDR `yaml:"addresses"`
}

// SessionLimits bound what peers can make us carry.
type SessionLimits struct {
	// MaxCalls is how many calls may be up at once; more are refused with 503.
	MaxCalls int `yaml:"max_calls"`
}

// What is done about strangers.
const (
	DropUnknown   = "drop"
	RejectUnknown = "reject"
)

// Defaults returns the configuration of a Parley that only this machine can
// call.
func Defaults() Config {
	return Config{
		Listen: []Listener{
			{Network: "udp", Address: "127.0.0.1:5060"},
			{Network: "tcp", Address: "127.0.0.1:5060"},
		},
		Peers: []Peer{{
			Name:      "loopback",
			Addresses: []CIDR{{netip.MustParsePrefix("127.0.0.0/8")}, {netip.MustParsePrefix("::1/128")}},
		}},
		Unknown:     DropUnknown,
		Codecs:      []string{"PCMU", "PCMA"},
		RingTimeout: time.Minute,
		RTPTimeout:  time.Minute,
		Limits:      SessionLimits{MaxCalls: 500},
		Timers:      DefaultTimers(),
	}
}

// Validate reports every problem in c. key is a path such as
// "listen[0].address".
func (c Config) Validate(report func(key, problem, remedy string)) {
	if len(c.Listen) == 0 {
		report("listen", "is empty", "name at least one listener, for example udp 127.0.0.1:5060")
	}
	for i, l := range c.Listen {
		l.validate(fmt.Sprintf("listen[%d].", i), report)
	}
	names := make(map[string]bool)
	for i, p := range c.Peers {
		key := fmt.Sprintf("peers[%d].", i)
		if p.Name == "" {
			report(key+"name", "is empty", "give the peer a name; calls carry it as their trunk")
		} else if names[p.Name] {
			report(key+"name", fmt.Sprintf("%q is used twice", p.Name), "give each peer its own name")
		}
		names[p.Name] = true
		if len(p.Addresses) == 0 {
			report(key+"addresses", "is empty", "list the peer's addresses, for example 192.0.2.1 or 192.0.2.0/24")
		}
	}
	if c.Unknown != DropUnknown && c.Unknown != RejectUnknown {
		report("unknown", fmt.Sprintf("is %q", c.Unknown), "use drop or reject")
	}
	if len(c.Codecs) == 0 {
		report("codecs", "is empty", "use "+codecNames())
	}
	for i, name := range c.Codecs {
		if codecByName(name) == nil {
			report(fmt.Sprintf("codecs[%d]", i), fmt.Sprintf("%q is not a codec of Parley's", name), "use "+codecNames())
		}
	}
	if c.RingTimeout < time.Second || c.RingTimeout > time.Hour {
		report("ring_timeout", fmt.Sprintf("is %v", c.RingTimeout), "use 1s to 1h")
	}
	if c.RTPTimeout != 0 && c.RTPTimeout < time.Second {
		report("rtp_timeout", fmt.Sprintf("is %v", c.RTPTimeout), "use 1s or more, or 0 for never")
	}
	if c.Limits.MaxCalls < 1 {
		report("limits.max_calls", fmt.Sprintf("is %d", c.Limits.MaxCalls), "use 1 or more")
	}
	c.Timers.validate(report)
}

func (l Listener) validate(key string, report func(key, problem, remedy string)) {
	if l.Network != "udp" && l.Network != "tcp" {
		report(key+"network", fmt.Sprintf("is %q", l.Network), "use udp or tcp")
	}
	if _, err := netip.ParseAddrPort(l.Address); err != nil {
		report(key+"address", fmt.Sprintf("%q is not an IP address with a port", l.Address), "write 127.0.0.1:5060 or [::1]:5060")
	}
	if _, err := l.external(); err != nil {
		report(key+"external", fmt.Sprintf("%q is not an IP address", l.External), "write 198.51.100.7 or 198.51.100.7:5060, or leave it empty")
	}
}

// external parses External; the zero AddrPort means that there is none, port
// 0 that the local one counts.
func (l Listener) external() (netip.AddrPort, error) {
	if l.External == "" {
		return netip.AddrPort{}, nil
	}
	if ap, err := netip.ParseAddrPort(l.External); err == nil {
		return ap, nil
	}
	addr, err := netip.ParseAddr(l.External)
	return netip.AddrPortFrom(addr, 0), err
}

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

func codecByName(name string) media.Codec {
	for _, c := range media.Codecs {
		if strings.EqualFold(c.Name(), name) {
			return c
		}
	}
	return nil
}

func codecNames() string {
	var names []string
	for _, c := range media.Codecs {
		names = append(names, c.Name())
	}
	return strings.Join(names, ", ")
}
