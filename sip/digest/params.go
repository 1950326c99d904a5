package digest

import (
	"errors"
	"fmt"
	"strings"

	"parley/sip/quoted"
)

var errSyntax = errors.New("digest: not a Digest header")

// maxValue bounds what is read of one header, in bytes; maxParams its parts.
const (
	maxValue  = 4096
	maxParams = 32
)

// params reads "Digest name=value, name="value", …". Names come in lower
// case. A name that stands twice is an error: two readers could take
// different ones.
func params(value string) (map[string]string, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if !strings.EqualFold(scheme, "Digest") || len(value) > maxValue {
		return nil, errSyntax
	}
	ps := make(map[string]string)
	for rest = trim(rest); rest != ""; rest = trim(rest) {
		name, after, ok := strings.Cut(rest, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" || strings.ContainsAny(name, " \t,\"") {
			return nil, fmt.Errorf("%w: %q", errSyntax, name)
		}
		after = strings.TrimLeft(after, " \t")
		var text string
		if strings.HasPrefix(after, `"`) {
			if text, rest, ok = quoted.Cut(after); !ok {
				return nil, fmt.Errorf("%w: %s has an open quote", errSyntax, name)
			}
			rest = strings.TrimLeft(rest, " \t")
			if rest != "" && rest[0] != ',' {
				return nil, fmt.Errorf("%w: %s is followed by %q", errSyntax, name, rest[:1])
			}
		} else {
			text, rest, _ = strings.Cut(after, ",")
			text = strings.TrimSpace(text)
		}
		if _, twice := ps[name]; twice || len(ps) == maxParams {
			return nil, fmt.Errorf("%w: %s stands twice or there is too much", errSyntax, name)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf("%w: %s has a control character", errSyntax, name)
		}
		ps[name] = text
	}
	return ps, nil
}

func trim(s string) string { return strings.TrimLeft(s, " \t,") }

// line writes a header value, part by part. Empty parts are left out.
type line struct{ strings.Builder }

func (l *line) quoted(name, value string) {
	if value != "" {
		l.plain(name, quoted.String(value))
	}
}

func (l *line) plain(name, value string) {
	if value == "" {
		return
	}
	if l.Len() == 0 {
		l.WriteString("Digest ")
	} else {
		l.WriteString(", ")
	}
	l.WriteString(name + "=" + value)
}
