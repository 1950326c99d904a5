package trunk

import (
	"slices"
	"strings"
	"unicode"

	"parley/sip/identity"
)

// Call is what a trunk may change of a call: numbers, names, identities and
// headers.
type Call struct {
	// Called and Caller are numbers or user names.
	Called             string
	Caller, CallerName string
	// Host is the host part of our own URIs, where the trunk has no domain:
	// the address that the peer knows us by. Outgoing replaces it.
	Host string
	// Asserted and Preferred are P-Asserted-Identity and
	// P-Preferred-Identity.
	Asserted, Preferred []identity.Address
	Privacy             identity.Privacy
	// Diversions has the latest stop first, History the first target first.
	Diversions []identity.Diversion
	History    []identity.Entry
	// Signed are Identity headers as they came.
	Signed []string
	// Headers are those that are passed on, in order. What Outgoing returns
	// holds every header that the INVITE gets because of the trunk.
	Headers []Header
	// ByPerson: a person or a PBX has dialled the number, so that emergency
	// numbers pass. Tasks, transfers and tools leave it false.
	ByPerson bool
}

// Header is one header line.
type Header struct{ Name, Value string }

// Headers says which headers are passed through. Names are case-insensitive
// and may have a * at the end; Set is written to every INVITE to the peer.
type Headers struct {
	In  []string          `yaml:"in"`
	Out []string          `yaml:"out"`
	Set map[string]string `yaml:"set"`
}

// pass returns those of hs that a list lets through.
func pass(list []string, hs []Header) (passed []Header) {
	for _, h := range hs {
		if !Reserved(h.Name) && isHeader(h.Name) && !strings.ContainsFunc(h.Value, unicode.IsControl) && slices.ContainsFunc(list, func(p string) bool { return matches(p, h.Name) }) {
			passed = append(passed, h)
		}
	}
	return passed
}

func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
	}
	return strings.EqualFold(pattern, name)
}

// reserved are the headers that belong to the dialog, the transaction or the
// trunk itself: lists neither pass nor set them.
var reserved = func() map[string]bool {
	set := make(map[string]bool)
	for _, name := range []string{
		"via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m", "max-forwards", "route", "record-route",
		"content-length", "l", "content-type", "c", "content-encoding", "e", "supported", "k", "require", "proxy-require",
		"allow", "accept", "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate",
		"session-expires", "x", "min-se", "replaces", "refer-to", "r", "expires", "rseq", "rack", "user-agent", "server",
		"p-asserted-identity", "p-preferred-identity", "privacy", "diversion", "history-info", "identity", "y",
	} {
		set[name] = true
	}
	return set
}()

// Reserved tells whether a header is not for lists to pass or to set.
func Reserved(name string) bool { return reserved[strings.ToLower(name)] }
