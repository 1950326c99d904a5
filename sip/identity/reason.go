package identity

import (
	"strconv"
	"strings"

	"parley/sip/quoted"
)

// Reason is why a request was sent (RFC 3326).
type Reason struct {
	// Protocol is "Q.850", "SIP" or another.
	Protocol string
	// Cause is the value of that protocol, 0 if there is none.
	Cause int
	Text  string
}

// ParseReasons reads a Reason header; what is no reason is left out.
func ParseReasons(s string) (rs []Reason) {
	if len(s) > maxHeader {
		return nil
	}
	for _, part := range split(s, ',') {
		protocol, params, _ := strings.Cut(part, ";")
		protocol = strings.TrimSpace(protocol)
		if !token(protocol) {
			continue
		}
		ps := parseParams(params)
		r := Reason{Protocol: protocol, Text: ps.Get("text")}
		if n, err := strconv.Atoi(ps.Get("cause")); err == nil && n > 0 && n < 1000 {
			r.Cause = n
		}
		rs = append(rs, r)
	}
	return rs
}

// Q850 returns the Q.850 cause among rs, 0 if there is none.
func Q850(rs []Reason) int {
	for _, r := range rs {
		if strings.EqualFold(r.Protocol, "Q.850") && r.Cause < 128 {
			return r.Cause
		}
	}
	return 0
}

// String is the header's value.
func (r Reason) String() string {
	s := r.Protocol
	if r.Cause != 0 {
		s += ";cause=" + strconv.Itoa(r.Cause)
	}
	if r.Text != "" {
		s += ";text=" + quoted.String(r.Text)
	}
	return s
}
