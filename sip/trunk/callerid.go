package trunk

import (
	"cmp"

	"parley/sip/identity"
)

// CallerID says how callers are shown to the peer, and what is believed of
// his.
type CallerID struct {
	// From is FromCaller (as the call has it), FromAsserted (the asserted
	// identity, if there is one) or FromUsername (who we are to the peer).
	From string `yaml:"from"`
	// Number and Name, if set, are shown instead of all others.
	Number string `yaml:"number"`
	Name   string `yaml:"name"`
	// HideNames leaves display names out.
	HideNames bool `yaml:"hide_names"`
	// Send says which header carries the caller's identity: SendNone,
	// SendAsserted (P-Asserted-Identity) or SendPreferred.
	Send string `yaml:"send"`
	// Detours says which header tells of diversions: SendNone,
	// SendDiversion or SendHistory.
	Detours string `yaml:"detours"`
	// Trusted peers are in our trust domain (RFC 3324): their asserted
	// identities are believed, and they get to see those of callers who want
	// privacy.
	Trusted bool `yaml:"trusted"`
	// Signed passes Identity headers on (RFC 8224).
	Signed bool `yaml:"signed"`
}

// What CallerID may say.
const (
	FromCaller    = "caller"
	FromAsserted  = "asserted"
	FromUsername  = "username"
	SendNone      = "none"
	SendAsserted  = "pai"
	SendPreferred = "ppi"
	SendDiversion = "diversion"
	SendHistory   = "history"
)

// An anonymous From (RFC 3323 §4.1).
const (
	AnonymousName = "Anonymous"
	Anonymous     = "anonymous"
	AnonymousHost = "anonymous.invalid"
)

// identify gives c the caller that the peer is to see, and returns the
// headers that say who he really is.
func (t *Trunk) identify(c *Call) (hs []Header) {
	id := t.CallerID
	host := cmp.Or(t.Domain, c.Host)
	real := identity.New(c.CallerName, c.Caller, host)
	if len(c.Asserted) > 0 {
		a := c.Asserted[0]
		real = identity.New(cmp.Or(a.Name, c.CallerName), t.callerOut.apply(cmp.Or(a.User(), c.Caller)), host)
		if id.From == FromAsserted {
			c.Caller, c.CallerName = real.User(), real.Name
		}
	}
	switch {
	case id.Number != "":
		c.Caller = id.Number
		real = identity.New(real.Name, id.Number, host)
	case id.From == FromUsername && t.Auth.Username != "":
		c.Caller = t.Auth.Username
	}
	if id.Name != "" {
		c.CallerName, real.Name = id.Name, id.Name
	}
	if id.HideNames {
		c.CallerName, real.Name = "", ""
	}
	c.Host = host
	private := c.Privacy.HidesCaller()
	if private {
		c.Caller, c.CallerName, c.Host = Anonymous, AnonymousName, AnonymousHost
		hs = append(hs, Header{"Privacy", c.Privacy.String()})
	}
	c.Asserted, c.Preferred = nil, nil
	switch {
	case real.User() == "" || real.User() == Anonymous:
	case id.Send == SendAsserted && (id.Trusted || !private):
		c.Asserted = []identity.Address{real}
		hs = append(hs, Header{"P-Asserted-Identity", real.String()})
	case id.Send == SendPreferred: // between us and our provider (RFC 3325 §6)
		c.Preferred = []identity.Address{real}
		hs = append(hs, Header{"P-Preferred-Identity", real.String()})
	}
	return hs
}

// detour returns the headers that say where the call has been before. Who
// asked for privacy is not shown to strangers.
func (t *Trunk) detour(c *Call) (hs []Header) {
	hidden := !t.CallerID.Trusted && (c.Privacy.HidesCaller() || hides(c.Privacy, identity.PrivacyHistory))
	switch t.CallerID.Detours {
	case SendDiversion:
		if len(c.Diversions) == 0 {
			c.Diversions = diversions(c.History)
		}
		for _, d := range c.Diversions {
			if !hidden && (t.CallerID.Trusted || d.Privacy == "" || d.Privacy == "off") {
				hs = append(hs, Header{"Diversion", d.String()})
			}
		}
		c.History = nil
	case SendHistory:
		if len(c.History) == 0 {
			c.History = history(c.Diversions)
		}
		for _, e := range c.History {
			if !hidden && (t.CallerID.Trusted || !e.Private) {
				hs = append(hs, Header{"History-Info", e.String()})
			}
		}
		c.Diversions = nil
	default:
		c.Diversions, c.History = nil, nil
	}
	return hs
}

func hides(p identity.Privacy, what string) bool {
	for _, v := range p {
		if v == what {
			return true
		}
	}
	return false
}
