package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"parley/media"
	"parley/sip/guard"
	"parley/sip/hep"
	"parley/sip/locate"
	"parley/sip/overload"
	"parley/sip/registrar"
	"parley/sip/stir"
	"parley/sip/trunk"
)

// Config is everything about SIP that an administrator may choose.
type Config struct {
	Listen []Listener `yaml:"listen"`
	// Trunks are those we exchange calls with. A request from anybody else is
	// treated as Unknown says.
	Trunks []trunk.Config `yaml:"trunks"`
	// Groups are lists of trunks, one of which takes a call.
	Groups []trunk.Group `yaml:"groups"`
	// Emergency are the numbers that only people may dial.
	Emergency []string `yaml:"emergency"`
	// Registrar is for telephones that register with us.
	Registrar registrar.Config `yaml:"registrar"`
	// Unknown is DropUnknown (no answer at all) or RejectUnknown (403).
	Unknown string `yaml:"unknown"`
	// Guard limits what one source may do.
	Guard guard.Config `yaml:"guard"`
	// HEP copies messages to a Homer collector.
	HEP hep.Config `yaml:"hep"`
	// STIR says whose signatures are believed.
	STIR stir.Config `yaml:"stir"`
	// Overload says when there is too much to do for another call.
	Overload overload.Config `yaml:"overload"`
	// DNS says who is asked for names.
	DNS locate.Config `yaml:"dns"`
	// Codecs lists encoding names, preferred first.
	Codecs []string `yaml:"codecs"`
	// RingTimeout ends a call that is not answered, in either direction.
	RingTimeout time.Duration `yaml:"ring_timeout"`
	// RTPTimeout ends an answered call whose party, not on hold, sends no
	// media. 0 never does.
	RTPTimeout time.Duration `yaml:"rtp_timeout"`
	Limits     SessionLimits `yaml:"limits"`
	Timers     Timers        `yaml:"timers"`
}

// Listener is one address that we listen on.
type Listener struct {
	// Network is "udp", "tcp", "tls", "ws" or "wss".
	Network string `yaml:"network"`
	// Address is host:port; the host is an IP address, port 0 takes any.
	Address string `yaml:"address"`
	// External is the address that peers reach us under, where it differs
	// (NAT): an IP address, with or without a port. Empty: the local one.
	External string `yaml:"external"`
	TLS      TLS    `yaml:"tls"`
}

func (l Listener) secure() bool { return l.Network == "tls" || l.Network == "wss" }

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
// call, and that may call whoever it names.
func Defaults() Config {
	loopback := trunk.Default("loopback")
	loopback.Addresses = []trunk.CIDR{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")}}
	loopback.Allow = []string{"*"}
	return Config{
		Listen: []Listener{
			{Network: "udp", Address: "127.0.0.1:5060"},
			{Network: "tcp", Address: "127.0.0.1:5060"},
		},
		Trunks:      []trunk.Config{loopback},
		Emergency:   trunk.DefaultEmergency(),
		Registrar:   registrar.Defaults(),
		Unknown:     DropUnknown,
		Guard:       guard.Defaults(),
		HEP:         hep.Defaults(),
		STIR:        stir.Defaults(),
		Overload:    overload.Defaults(),
		DNS:         locate.Defaults(),
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
	c.TrunkSettings().Validate(func(name string) bool { return codecByName(name) != nil }, report)
	c.Registrar.Validate(func(key, problem, remedy string) { report("registrar."+key, problem, remedy) })
	c.Guard.Validate(func(key, problem, remedy string) { report("guard."+key, problem, remedy) })
	c.HEP.Validate(func(key, problem, remedy string) { report("hep."+key, problem, remedy) })
	c.validateSTIR(func(key, problem, remedy string) { report("stir."+key, problem, remedy) })
	c.Overload.Validate(func(key, problem, remedy string) { report("overload."+key, problem, remedy) })
	c.DNS.Validate(func(key, problem, remedy string) { report("dns."+key, problem, remedy) })
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

func (c Config) validateSTIR(report func(key, problem, remedy string)) {
	c.STIR.Validate(report)
	for _, t := range c.Trunks {
		if c.STIR.Anchors == "" && (t.Identity == trunk.Verify || t.Identity == trunk.Require) {
			report("anchors", fmt.Sprintf("is empty, and trunk %s verifies callers", t.Name), "name the PEM file of the authorities that are believed")
			return
		}
	}
}

func (l Listener) validate(key string, report func(key, problem, remedy string)) {
	if carriers[l.Network] == "" {
		report(key+"network", fmt.Sprintf("is %q", l.Network), "use "+strings.Join(networks(), ", "))
	}
	l.TLS.validate(key+"tls", l.secure(), report)
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

// TrunkSettings is the part of c that trunks are made of.
func (c Config) TrunkSettings() trunk.Settings {
	return trunk.Settings{Trunks: c.Trunks, Groups: c.Groups, Emergency: c.Emergency}
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
