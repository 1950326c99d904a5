package sip

import (
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/identity"
	"parley/sip/trunk"
)

// presented is what an INVITE says of numbers, identities and detours, with
// the headers that a trunk may pass on. What cannot be read is left out: nobody's call fails
// for a header about it.
func presented(req *sipmsg.Request) trunk.Call {
	c := trunk.Call{
		Called:     user(req.Recipient),
		Caller:     user(req.From().Address),
		CallerName: strings.Trim(req.From().DisplayName, `"`),
		Host:       req.From().Address.Host,
	}
	for _, h := range req.Headers() {
		name := strings.ToLower(h.Name())
		switch name {
		case "p-asserted-identity":
			c.Asserted = append(c.Asserted, addresses(h.Value())...)
		case "p-preferred-identity":
			c.Preferred = append(c.Preferred, addresses(h.Value())...)
		case "privacy":
			c.Privacy = append(c.Privacy, identity.ParsePrivacy(h.Value())...)
		case "diversion":
			ds, err := identity.ParseDiversions(h.Value())
			if err == nil {
				c.Diversions = append(c.Diversions, ds...)
			}
		case "history-info":
			es, err := identity.ParseHistory(h.Value())
			if err == nil {
				c.History = append(c.History, es...)
			}
		case "identity", "y":
			c.Signed = append(c.Signed, h.Value())
		default:
			if !trunk.Reserved(name) { // no trunk passes those: they need not be written out
				c.Headers = append(c.Headers, trunk.Header{Name: h.Name(), Value: h.Value()})
			}
		}
	}
	if len(c.Asserted) == 0 {
		remoteParty(req, &c)
	}
	return c
}

func addresses(value string) []identity.Address {
	list, err := identity.ParseAddresses(value)
	if err != nil {
		return nil
	}
	return list
}

// remoteParty takes a Remote-Party-ID for what P-Asserted-Identity would
// say.
func remoteParty(req *sipmsg.Request, c *trunk.Call) {
	for _, h := range req.GetHeaders("Remote-Party-ID") {
		rs, err := identity.ParseRemoteParties(h.Value())
		if err != nil {
			continue
		}
		for _, r := range rs {
			if !r.Calling {
				continue
			}
			c.Asserted = append(c.Asserted, r.Address)
			if r.Hidden && !c.Privacy.HidesCaller() {
				c.Privacy = append(c.Privacy, identity.PrivacyID)
			}
		}
	}
}

// identityOf is what is recorded of c, which the trunk has let through.
// Passports are compared with the numbers as they came.
func identityOf(req *sipmsg.Request, c trunk.Call, now time.Time) call.Identity {
	id := call.Identity{Privacy: c.Privacy}
	for _, a := range c.Asserted {
		id.Asserted = append(id.Asserted, a.String())
	}
	for _, a := range c.Preferred {
		id.Preferred = append(id.Preferred, a.String())
	}
	for _, d := range c.Diversions {
		id.Diversions = append(id.Diversions, call.Diversion{Number: d.User(), Name: d.Name, Reason: d.Reason, Counter: d.Counter, URI: d.URI})
	}
	for _, e := range c.History {
		id.History = append(id.History, call.HistoryEntry{Index: e.Index, Number: e.User(), Cause: e.Cause, URI: e.URI})
	}
	for _, s := range c.Signed {
		id.Signed = append(id.Signed, passport(s, user(req.From().Address), user(req.Recipient), now))
	}
	return id
}

func passport(header, caller, called string, now time.Time) call.Passport {
	p, err := identity.ParsePassport(header)
	if err != nil {
		return call.Passport{Header: header, Verdict: "unverified: " + err.Error()}
	}
	return call.Passport{
		Header: header, Attest: p.Attest, Orig: p.Orig, Dest: p.Dest, IssuedAt: p.IssuedAt, OrigID: p.OrigID,
		Algorithm: p.Algorithm, Certificate: p.Certificate, Verdict: p.Verdict(caller, called, now),
	}
}
