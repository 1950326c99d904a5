package identity

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// freshness is how old a PASSporT may be (RFC 8224 §6.2), and how far a
// signer's clock may be ahead.
const freshness = time.Minute

// Verdict says what can be known of p without fetching the certificate. It
// always begins with "unverified: ", since the signature is not checked. The
// rest is "claims agree" or the first claim that does not fit the request.
func (p Passport) Verdict(caller, called string, now time.Time) string {
	return "unverified: " + p.flaw(caller, called, now)
}

func (p Passport) flaw(caller, called string, now time.Time) string {
	age := now.Sub(p.IssuedAt).Round(time.Second)
	switch {
	case p.Algorithm != "" && p.Algorithm != "ES256":
		return fmt.Sprintf("algorithm %q is not ES256", p.Algorithm)
	case p.Certificate == "":
		return "it names no certificate"
	case p.Compact:
		return "compact form, no claims of its own"
	case p.IssuedAt.IsZero():
		return "it does not say when it was issued"
	case age > freshness:
		return fmt.Sprintf("stale, issued %s ago", age)
	case age < -freshness:
		return fmt.Sprintf("issued %s in the future", -age)
	case !sameNumber(p.Orig, caller):
		return fmt.Sprintf("orig %q is not the caller %q", p.Orig, caller)
	case !slices.ContainsFunc(p.Dest, func(d string) bool { return sameNumber(d, called) }):
		return fmt.Sprintf("dest %q is not the called number %q", strings.Join(p.Dest, ","), called)
	}
	return "claims agree"
}

// sameNumber compares numbers, or users of URIs, the way a signer writes
// them.
func sameNumber(a, b string) bool { return a != "" && Canonical(a) == Canonical(b) }

// Canonical is a number, or the user of a URI, the way a signer writes it:
// digits without + or separators (RFC 8224 §8.3).
func Canonical(s string) string {
	if strings.Contains(s, ":") {
		s = Address{URI: s}.User()
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("+-.() ", r) {
			return -1
		}
		return r
	}, s)
	return strings.ToLower(digits)
}
