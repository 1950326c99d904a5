package digest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/sip/quoted"
)

// Challenge is a WWW-Authenticate or Proxy-Authenticate.
type Challenge struct {
	Realm, Nonce, Opaque string
	// Algorithm as it is written; empty means MD5.
	Algorithm string
	// QOP are the qualities of protection on offer; none is RFC 2069.
	QOP []string
	// Stale: the password was right, the nonce too old.
	Stale bool
}

// ParseChallenge reads a header's value.
func ParseChallenge(value string) (Challenge, error) {
	ps, err := params(value)
	if err != nil {
		return Challenge{}, err
	}
	c := Challenge{
		Realm: ps["realm"], Nonce: ps["nonce"], Opaque: ps["opaque"], Algorithm: ps["algorithm"],
		Stale: strings.EqualFold(ps["stale"], "true"),
	}
	if _, there := ps["realm"]; !there || c.Nonce == "" {
		return Challenge{}, fmt.Errorf("%w: it needs realm and nonce", errSyntax)
	}
	for _, q := range strings.FieldsFunc(ps["qop"], func(r rune) bool { return r == ',' || r == ' ' }) {
		c.QOP = append(c.QOP, strings.ToLower(q))
	}
	return c, nil
}

// String is the header's value.
func (c Challenge) String() string {
	var l line
	l.plain("realm", quoted.String(c.Realm))
	l.quoted("nonce", c.Nonce)
	l.quoted("opaque", c.Opaque)
	l.plain("algorithm", c.Algorithm)
	l.quoted("qop", strings.Join(c.QOP, ","))
	if c.Stale {
		l.plain("stale", "true")
	}
	return l.String()
}

// quality chooses among the qualities on offer; ok is false if we have none
// of them.
func (c Challenge) quality() (qop string, ok bool) {
	switch {
	case len(c.QOP) == 0:
		return "", true
	case slices.Contains(c.QOP, qopAuth):
		return qopAuth, true
	case slices.Contains(c.QOP, qopInt):
		return qopInt, true
	}
	return "", false
}

// Credentials are an Authorization or Proxy-Authorization.
type Credentials struct {
	Username, Realm, Nonce, URI string
	Response, CNonce, Opaque    string
	Algorithm, QOP              string
	// Count is nc, how often the nonce has been used.
	Count uint32
}

// ParseCredentials reads a header's value.
func ParseCredentials(value string) (Credentials, error) {
	ps, err := params(value)
	if err != nil {
		return Credentials{}, err
	}
	c := Credentials{
		Username: ps["username"], Realm: ps["realm"], Nonce: ps["nonce"], URI: ps["uri"], Response: ps["response"],
		CNonce: ps["cnonce"], Opaque: ps["opaque"], Algorithm: ps["algorithm"], QOP: strings.ToLower(ps["qop"]),
	}
	if c.Username == "" || c.Nonce == "" || c.URI == "" || c.Response == "" {
		return Credentials{}, fmt.Errorf("%w: it needs username, nonce, uri and response", errSyntax)
	}
	if c.QOP != "" {
		n, err := strconv.ParseUint(ps["nc"], 16, 32)
		if err != nil || n == 0 || c.CNonce == "" {
			return Credentials{}, fmt.Errorf("%w: qop needs nc and cnonce", errSyntax)
		}
		c.Count = uint32(n)
	}
	return c, nil
}

// String is the header's value.
func (c Credentials) String() string {
	var l line
	l.quoted("username", c.Username)
	l.plain("realm", quoted.String(c.Realm))
	l.quoted("nonce", c.Nonce)
	l.quoted("uri", c.URI)
	l.quoted("response", c.Response)
	l.plain("algorithm", c.Algorithm)
	l.quoted("cnonce", c.CNonce)
	l.quoted("opaque", c.Opaque)
	if c.QOP != "" {
		l.plain("qop", c.QOP)
		l.plain("nc", fmt.Sprintf("%08x", c.Count))
	}
	return l.String()
}
