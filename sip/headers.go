package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/identity"
)

// message is what requests and responses have in common.
type message interface {
	GetHeader(name string) sipmsg.Header
	GetHeaders(name string) []sipmsg.Header
}

// tokens lists the comma-separated values of all headers of a name, or of its
// compact form, which sipgo does not know for extensions.
func tokens(m message, name, compact string) []string {
	var list []string
	for _, n := range []string{name, compact} {
		if n == "" {
			continue
		}
		for _, h := range m.GetHeaders(n) {
			for _, t := range strings.Split(h.Value(), ",") {
				if t = strings.TrimSpace(t); t != "" {
					list = append(list, t)
				}
			}
		}
	}
	return list
}

// has reports whether one of m's headers of a name lists token.
func has(m message, name, compact, token string) bool {
	for _, t := range tokens(m, name, compact) {
		if strings.EqualFold(t, token) {
			return true
		}
	}
	return false
}

func supports(m message, extension string) bool {
	return has(m, "Supported", "k", extension) || has(m, "Require", "", extension)
}

// allows reports whether the sender of m serves method. Who says nothing of
// what he allows is taken to know the methods of RFC 3261 only.
func allows(m message, method sipmsg.RequestMethod) bool {
	return has(m, "Allow", "", string(method))
}

// value returns a header's value without its parameters, and these; names of
// parameters are lower case.
func value(text string) (v string, params map[string]string) {
	v, rest, _ := strings.Cut(text, ";")
	params = make(map[string]string)
	for _, p := range strings.Split(rest, ";") {
		k, x, _ := strings.Cut(p, "=")
		if k = strings.ToLower(strings.TrimSpace(k)); k != "" {
			params[k] = strings.Trim(strings.TrimSpace(x), `"`)
		}
	}
	return strings.TrimSpace(v), params
}

// header returns the value of the first header of a name or its compact form.
func header(m message, name, compact string) (string, bool) {
	if h := m.GetHeader(name); h != nil {
		return h.Value(), true
	}
	if compact != "" {
		if h := m.GetHeader(compact); h != nil {
			return h.Value(), true
		}
	}
	return "", false
}

// deltaSeconds reads a header that holds delta-seconds; ok is false if it is
// missing or nonsense.
func deltaSeconds(m message, name, compact string) (d time.Duration, params map[string]string, ok bool) {
	text, there := header(m, name, compact)
	if !there {
		return 0, nil, false
	}
	v, params := value(text)
	n, err := strconv.ParseUint(v, 10, 31)
	return time.Duration(n) * time.Second, params, err == nil
}

func secondsText(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// q850Of returns the Q.850 value in m's Reason headers (RFC 3326), 0 if there
// is none.
func q850Of(m message) int {
	for _, h := range m.GetHeaders("Reason") {
		if n := identity.Q850(identity.ParseReasons(h.Value())); n != 0 {
			return n
		}
	}
	return 0
}

// rack is the value of RAck (RFC 3262 §7.2).
type rack struct {
	rseq, cseq uint32
	method     sipmsg.RequestMethod
}

func parseRAck(m message) (r rack, ok bool) {
	text, _ := header(m, "RAck", "")
	n, err := fmt.Sscanf(strings.TrimSpace(text), "%d %d %s", &r.rseq, &r.cseq, &r.method)
	return r, err == nil && n == 3
}

func parseRSeq(m message) (uint32, bool) {
	text, there := header(m, "RSeq", "")
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	return uint32(n), there && err == nil && n > 0
}
