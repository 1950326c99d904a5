package identity

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"parley/sip/quoted"
)

// Address is a name-addr or addr-spec with the header parameters that follow
// it (RFC 3261 §25.1).
type Address struct {
	// Name is the display name, without quotes.
	Name string
	// URI is a sip:, sips: or tel: URI without angle brackets.
	URI    string
	Params Params
}

// Params are the parameters of a header, in the order of the wire. Values
// are without quotes.
type Params []Param

// Param is ;Name=Value, or ;Name if Value is empty.
type Param struct{ Name, Value string }

// Get returns the value of a parameter; names are case-insensitive.
func (ps Params) Get(name string) string {
	for _, p := range ps {
		if strings.EqualFold(p.Name, name) {
			return p.Value
		}
	}
	return ""
}

var (
	errAddress = errors.New("not an address")
	errTooLong = errors.New("too long")
)

// maxHeader bounds what is read of one header, in bytes.
const maxHeader = 8192

// New returns the address sip:user@host with a display name. An empty user
// gives sip:host.
func New(name, user, host string) Address {
	uri := "sip:" + host
	if user != "" {
		uri = "sip:" + escape(user) + "@" + host
	}
	return Address{Name: name, URI: uri}
}

// ParseAddress reads one name-addr or addr-spec.
func ParseAddress(s string) (Address, error) {
	var a Address
	if len(s) > maxHeader {
		return a, fmt.Errorf("%w: %d bytes", errTooLong, len(s))
	}
	if !utf8.ValidString(s) { // RFC 3261 §7: SIP is UTF-8
		return a, fmt.Errorf("%w: not UTF-8", errAddress)
	}
	s = strings.TrimSpace(s)
	rest := s
	if strings.HasPrefix(s, `"`) {
		var ok bool
		if a.Name, rest, ok = quoted.Cut(s); !ok {
			return Address{}, fmt.Errorf("%w: %q has an open quote", errAddress, s)
		}
		rest = strings.TrimSpace(rest)
	} else if i := strings.IndexByte(s, '<'); i >= 0 {
		a.Name, rest = strings.TrimSpace(s[:i]), s[i:]
	}
	if strings.HasPrefix(rest, "<") {
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return Address{}, fmt.Errorf("%w: %q has no >", errAddress, s)
		}
		a.URI, rest = rest[1:end], strings.TrimSpace(rest[end+1:])
		if rest != "" && rest[0] != ';' {
			return Address{}, fmt.Errorf("%w: %q after the address", errAddress, rest)
		}
		rest = strings.TrimPrefix(rest, ";")
	} else { // its parameters are the header's (§20.10)
		if a.Name != "" {
			return Address{}, fmt.Errorf("%w: %q", errAddress, s)
		}
		a.URI, rest, _ = strings.Cut(rest, ";")
		a.URI = strings.TrimSpace(a.URI)
	}
	if !isURI(a.URI) || strings.ContainsFunc(a.Name, control) {
		return Address{}, fmt.Errorf("%w: %q", errAddress, s)
	}
	a.Params = parseParams(rest)
	return a, nil
}

// ParseAddresses reads a list of addresses between commas.
func ParseAddresses(s string) ([]Address, error) {
	if len(s) > maxHeader {
		return nil, fmt.Errorf("%w: %d bytes", errTooLong, len(s))
	}
	var list []Address
	for _, part := range split(s, ',') {
		a, err := ParseAddress(part)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// User is the number or name that the URI means: "+4930123" of
// sip:+4930123;phone-context=x@host and of tel:+49-30-123.
func (a Address) User() string {
	scheme, rest, _ := strings.Cut(a.URI, ":")
	rest, _, _ = strings.Cut(rest, "?")
	if strings.EqualFold(scheme, "tel") {
		number, _, _ := strings.Cut(rest, ";")
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune("-.()", r) { // visual separators (RFC 3966 §5.1.1)
				return -1
			}
			return r
		}, number)
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return ""
	}
	user, _, _ := strings.Cut(rest[:at], ";")
	user, _, _ = strings.Cut(user, ":") // a password
	return unescape(user)
}

// String is the address as a header carries it.
func (a Address) String() string {
	var b strings.Builder
	if a.Name != "" {
		b.WriteString(quoted.String(a.Name) + " ")
	}
	b.WriteString("<" + clean(a.URI) + ">")
	a.Params.write(&b)
	return b.String()
}

// isURI tells whether s is a URI that may stand between angle brackets.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	return ok && rest != "" && token(scheme) && !strings.ContainsFunc(s, func(r rune) bool {
		return control(r) || strings.ContainsRune(" <>\"", r)
	})
}
