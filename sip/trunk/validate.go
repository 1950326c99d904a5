package trunk

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/sip/digest"
)

type reporter = func(key, problem, remedy string)

// Validate reports every problem of p. Keys are paths such as
// "trunks[0].host" and "groups[1].members[0].trunk". codec tells whether
// Parley has a codec.
func (p Settings) Validate(codec func(string) bool, report reporter) {
	names := make(map[string]bool)
	claim := func(key, name, what string) {
		switch {
		case name == "":
			report(key, "is empty", "give the "+what+" a name; routes, records and metrics use it")
		case strings.ContainsAny(name, " \t\"\\{}"):
			report(key, fmt.Sprintf("%q has a character that names cannot have", name), "use letters, digits, - and _")
		case name == Registrar:
			report(key, fmt.Sprintf("%q is what calls of registered telephones are said to come over", name), "use another name")
		case names[name]:
			report(key, fmt.Sprintf("%q is used twice", name), "give every trunk and group its own name")
		}
		names[name] = true
	}
	trunks := make(map[string]bool)
	for i, c := range p.Trunks {
		key := fmt.Sprintf("trunks[%d].", i)
		claim(key+"name", c.Name, "trunk")
		trunks[c.Name] = true
		c.validate(codec, func(k, problem, remedy string) {
			report(key+k, fmt.Sprintf("(trunk %s) %s", c.Name, problem), remedy)
		})
	}
	for i, g := range p.Groups {
		key := fmt.Sprintf("groups[%d].", i)
		claim(key+"name", g.Name, "group")
		g.validate(trunks, func(k, problem, remedy string) {
			report(key+k, fmt.Sprintf("(group %s) %s", g.Name, problem), remedy)
		})
	}
	for i, n := range p.Emergency {
		if n == "" || strings.Trim(n, "0123456789") != "" {
			report(fmt.Sprintf("emergency[%d]", i), fmt.Sprintf("%q is not a number", n), "use digits, for example 112")
		}
	}
}

func (g Group) validate(trunks map[string]bool, report reporter) {
	if len(g.Members) == 0 {
		report("members", "is empty", "name at least one trunk")
	}
	for i, m := range g.Members {
		key := fmt.Sprintf("members[%d].", i)
		if !trunks[m.Trunk] {
			report(key+"trunk", fmt.Sprintf("there is no trunk %q", m.Trunk), "name one of sip.trunks")
		}
		if m.Priority < 0 || m.Weight < 0 {
			report(key+"priority", "priority and weight cannot be negative", "use 0 or more; the lowest priority is tried first")
		}
	}
	for i, on := range g.HuntOn {
		if !huntable(on) {
			report(fmt.Sprintf("hunt_on[%d]", i), fmt.Sprintf("%q is no status or cause", on), "use for example 503, 5xx, congestion or q850:34")
		}
	}
}

func (c Config) validate(codec func(string) bool, report reporter) {
	if len(c.Addresses) == 0 && c.Host == "" && !c.Registers() {
		report("addresses", "has neither addresses nor a host", "list the peer's addresses, for example 192.0.2.1 or 192.0.2.0/24, or give the host to call")
	}
	for key, value := range map[string]string{"host": c.Host, "outbound_proxy": c.OutboundProxy} {
		if value != "" && !isHost(value) {
			report(key, fmt.Sprintf("%q is not a host", value), "write sip.example.com, sip.example.com:5060 or 192.0.2.1")
		}
	}
	if c.Domain != "" && !isHost(c.Domain) {
		report("domain", fmt.Sprintf("%q is not a host", c.Domain), "write sip.example.com, or leave it empty")
	}
	oneOf(report, "transport", c.Transport, "", "udp", "tcp", "tls", "ws", "wss")
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		report("tls.certificate", "needs its key, and the key its certificate", "name both PEM files, or neither")
	}
	c.validateAuth(report)
	if c.Registers() {
		c.Register.validate(report)
	}
	if c.Qualify.Every < 0 || c.Qualify.Every > 0 && c.Qualify.Every < time.Second {
		report("qualify.every", fmt.Sprintf("is %v", c.Qualify.Every), "use 1s or more, or 0s for never")
	}
	if c.Qualify.Every > 0 {
		if c.Qualify.Timeout < 100*time.Millisecond || c.Qualify.Timeout > c.Qualify.Every {
			report("qualify.timeout", fmt.Sprintf("is %v", c.Qualify.Timeout), "use 100ms to the value of every")
		}
		if c.Qualify.Failures < 1 {
			report("qualify.failures", fmt.Sprintf("is %d", c.Qualify.Failures), "use 1 or more")
		}
		if c.Host == "" {
			report("qualify.every", "needs a host to ask", "give the trunk a host, or leave qualify out")
		}
	}
	if c.MaxChannels < 0 {
		report("max_channels", fmt.Sprintf("is %d", c.MaxChannels), "use 1 or more, or 0 for no limit")
	}
	if c.MaxCPS < 0 {
		report("max_cps", fmt.Sprintf("is %v", c.MaxCPS), "use a number of calls per second, or 0 for no limit")
	}
	for key, list := range map[string][]string{"allow": c.Allow, "deny": c.Deny} {
		for i, p := range list {
			if p == "" || strings.Contains(strings.TrimSuffix(p, "*"), "*") {
				report(fmt.Sprintf("%s[%d]", key, i), fmt.Sprintf("%q is not a prefix", p), `use for example "+49", or "*" for every number`)
			}
		}
	}
	for key, rules := range map[string][]Rule{"called.in": c.Called.In, "called.out": c.Called.Out, "caller.in": c.Caller.In, "caller.out": c.Caller.Out} {
		for i, r := range rules {
			r.validate(func(k, problem, remedy string) { report(fmt.Sprintf("%s[%d]%s", key, i, k), problem, remedy) })
		}
	}
	c.validateCallerID(report)
	for i, name := range c.Codecs {
		if !codec(name) {
			report(fmt.Sprintf("codecs[%d]", i), fmt.Sprintf("%q is not a codec of Parley's", name), "use those of sip.codecs")
		}
	}
	c.validateCalls(report)
}

func (c Config) validateAuth(report reporter) {
	if c.Registers() && c.Auth.Username == "" {
		report("auth.username", "is empty, and the trunk registers", "name the account; it is the user part of our address of record")
	}
	if c.Auth.Password != "" && c.Auth.Username == "" && c.Auth.AuthName == "" && !c.Registers() {
		report("auth.username", "is empty", "name the account that the password belongs to")
	}
	if c.Demand.On() && c.Demand.Password == "" {
		report("demand.password", "is empty", "write ${env:NAME} or ${file:/path}")
	}
	digest.ValidateAlgorithms(c.Demand.Algorithms, func(key, problem, remedy string) { report("demand."+key, problem, remedy) })
	if !c.Demand.On() && c.Demand.Password != "" {
		report("demand.username", "is empty", "name the account that the password belongs to")
	}
}

func (r Register) validate(report reporter) {
	for i, host := range r.Registrars {
		if !isHost(host) {
			report(fmt.Sprintf("register.registrars[%d]", i), fmt.Sprintf("%q is not a host", host), "write sip.example.com or sip.example.com:5060")
		}
	}
	if r.Expires < 30*time.Second {
		report("register.expires", fmt.Sprintf("is %v", r.Expires), "use 30s or more; 1h is usual")
	}
	if r.BackoffMin < 100*time.Millisecond || r.BackoffMax < r.BackoffMin {
		report("register.backoff_min", fmt.Sprintf("%v to %v is no range", r.BackoffMin, r.BackoffMax), "use for example 5s and 5m")
	}
}

func oneOf(report reporter, key, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	var names []string
	for _, a := range allowed {
		if a != "" {
			names = append(names, a)
		}
	}
	report(key, fmt.Sprintf("is %q", value), "use "+strings.Join(names, ", "))
}

// isHost tells whether s is a host name or address, with or without a port.
func isHost(s string) bool {
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return false
		}
		host = h
	} else if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		host = s[1 : len(s)-1]
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host != "" && len(host) < 254 && strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}
