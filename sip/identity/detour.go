package identity

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Diversion is one stop that the call was sent on from (RFC 5806).
type Diversion struct {
	Address
	// Reason is, for example, "no-answer", "user-busy" or "unconditional".
	Reason string
	// Counter is how often it was diverted there; at least 1.
	Counter int
	// Privacy is "full", "name", "uri", "off" or empty.
	Privacy string
	Screen  string
}

// ParseDiversions reads a Diversion header: the latest stop first.
func ParseDiversions(s string) ([]Diversion, error) {
	addresses, err := ParseAddresses(s)
	if err != nil {
		return nil, fmt.Errorf("diversion: %w", err)
	}
	var ds []Diversion
	for _, a := range addresses {
		d := Diversion{Address: Address{Name: a.Name, URI: a.URI}, Counter: 1}
		for _, p := range a.Params {
			switch strings.ToLower(p.Name) {
			case "reason":
				d.Reason = strings.ToLower(p.Value)
			case "counter":
				if n, err := strconv.Atoi(p.Value); err == nil && n > 0 && n < 100 {
					d.Counter = n
				}
			case "privacy":
				d.Privacy = strings.ToLower(p.Value)
			case "screen":
				d.Screen = strings.ToLower(p.Value)
			default:
				d.Params = append(d.Params, p)
			}
		}
		ds = append(ds, d)
	}
	return ds, nil
}

// String is the header's value.
func (d Diversion) String() string {
	a := d.Address
	a.Params = Params{{"reason", cmp.Or(d.Reason, "unknown")}}
	if d.Counter > 1 {
		a.Params = append(a.Params, Param{"counter", strconv.Itoa(d.Counter)})
	}
	for _, p := range []Param{{"privacy", d.Privacy}, {"screen", d.Screen}} {
		if p.Value != "" {
			a.Params = append(a.Params, p)
		}
	}
	a.Params = append(a.Params, d.Params...)
	return a.String()
}

// Entry is one entry of History-Info: where the call was sent, one after the
// other (RFC 7044).
type Entry struct {
	Address
	// Index is the place in the tree of targets, for example "1.1".
	Index string
	// Cause is the SIP status for which the target was left: it stands in the
	// Reason that its URI carries, or in the cause parameter of the next
	// entry's URI (RFC 4458); 0 if it is not known.
	Cause int
	// Private entries are not to leave the trust domain.
	Private bool
}

// ParseHistory reads a History-Info header: the first target first.
func ParseHistory(s string) ([]Entry, error) {
	addresses, err := ParseAddresses(s)
	if err != nil {
		return nil, fmt.Errorf("history-info: %w", err)
	}
	var es []Entry
	for _, a := range addresses {
		e := Entry{Address: Address{Name: a.Name, URI: a.URI}}
		for _, p := range a.Params {
			if strings.EqualFold(p.Name, "index") {
				e.Index = p.Value
			} else {
				e.Params = append(e.Params, p)
			}
		}
		spec, headers, _ := strings.Cut(a.URI, "?")
		for _, p := range parseParams(afterFirst(spec, ";")) {
			if n, err := strconv.Atoi(p.Value); err == nil && strings.EqualFold(p.Name, "cause") && len(es) > 0 && es[len(es)-1].Cause == 0 {
				es[len(es)-1].Cause = n
			}
		}
		for _, h := range strings.Split(headers, "&") {
			name, value, _ := strings.Cut(h, "=")
			switch strings.ToLower(name) {
			case "reason":
				if rs := ParseReasons(unescape(value)); len(rs) > 0 {
					e.Cause = rs[0].Cause
				}
			case "privacy":
				e.Private = len(ParsePrivacy(unescape(value))) > 0 && !strings.EqualFold(unescape(value), PrivacyNone)
			}
		}
		es = append(es, e)
	}
	return es, nil
}

func afterFirst(s, sep string) string {
	_, after, _ := strings.Cut(s, sep)
	return after
}

// String is the header's value.
func (e Entry) String() string {
	a := e.Address
	a.Params = append(Params{{"index", cmp.Or(e.Index, "1")}}, e.Params...)
	return a.String()
}

// RemoteParty is a Remote-Party-ID: what P-Asserted-Identity was before RFC
// 3325. It is read and never written.
type RemoteParty struct {
	Address
	// Screened: the network has checked the number.
	Screened bool
	// Calling tells the caller's entry from others.
	Calling bool
	// Hidden: the number is not to be shown.
	Hidden bool
}

// ParseRemoteParties reads a Remote-Party-ID header.
func ParseRemoteParties(s string) ([]RemoteParty, error) {
	addresses, err := ParseAddresses(s)
	if err != nil {
		return nil, fmt.Errorf("remote-party-id: %w", err)
	}
	var rs []RemoteParty
	for _, a := range addresses {
		privacy := strings.ToLower(a.Params.Get("privacy"))
		rs = append(rs, RemoteParty{
			Address:  Address{Name: a.Name, URI: a.URI},
			Screened: strings.EqualFold(a.Params.Get("screen"), "yes"),
			Calling:  strings.EqualFold(cmp.Or(a.Params.Get("party"), "calling"), "calling"),
			Hidden:   strings.Contains(privacy, "full") || strings.Contains(privacy, "uri"),
		})
	}
	return rs, nil
}
