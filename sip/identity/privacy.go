package identity

import (
	"slices"
	"strings"
)

// Values of Privacy (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1).
const (
	PrivacyNone    = "none"
	PrivacyID      = "id"
	PrivacyUser    = "user"
	PrivacyHeader  = "header"
	PrivacySession = "session"
	PrivacyHistory = "history"
	PrivacyCritic  = "critical"
)

// Privacy is what the caller wants to be hidden.
type Privacy []string

// ParsePrivacy reads a Privacy header. Values that nobody knows are kept.
func ParsePrivacy(s string) (p Privacy) {
	if len(s) > maxHeader {
		return nil
	}
	for _, v := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ',' }) {
		if v = strings.ToLower(strings.TrimSpace(v)); token(v) && !slices.Contains(p, v) {
			p = append(p, v)
		}
	}
	return p
}

// HidesCaller tells whether the caller's number is not to be shown to those
// outside the trust domain.
func (p Privacy) HidesCaller() bool {
	return slices.ContainsFunc(p, func(v string) bool {
		return v == PrivacyID || v == PrivacyUser || v == PrivacyHeader
	})
}

// String is the header's value.
func (p Privacy) String() string { return strings.Join(p, ";") }
