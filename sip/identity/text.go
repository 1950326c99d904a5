package identity

import (
	"strings"

	"parley/sip/quoted"
)

func control(r rune) bool { return r < ' ' || r == 0x7f }

// clean leaves out what would end a header or an address.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if control(r) || r == '<' || r == '>' {
			return -1
		}
		return r
	}, s)
}

// token tells whether s is a token (RFC 3261 §25.1).
func token(s string) bool {
	for _, r := range s {
		if !alphanumeric(r) && !strings.ContainsRune("-.!%*_+`'~", r) {
			return false
		}
	}
	return s != ""
}

func alphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// split cuts s at every sep that stands outside quotes and angle brackets.
// Parts are trimmed, empty ones left out.
func split(s string, sep byte) (parts []string) {
	quoted, angle, from := false, false, 0
	cut := func(to int) {
		if p := strings.TrimSpace(s[from:to]); p != "" {
			parts = append(parts, p)
		}
		from = to + 1
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !angle:
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == sep && !angle:
			cut(i)
		}
	}
	if from <= len(s) {
		cut(len(s))
	}
	return parts
}

func parseParams(s string) (ps Params) {
	for _, part := range split(s, ';') {
		name, value, _ := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if strings.HasPrefix(value, `"`) {
			if text, _, ok := quoted.Cut(value); ok {
				value = text
			}
		}
		if token(name) && !strings.ContainsFunc(value, control) {
			ps = append(ps, Param{name, value})
		}
	}
	return ps
}

func (ps Params) write(b *strings.Builder) {
	for _, p := range ps {
		b.WriteString(";" + p.Name)
		switch {
		case p.Value == "":
		case token(p.Value):
			b.WriteString("=" + p.Value)
		default:
			b.WriteString("=" + quoted.String(p.Value))
		}
	}
}

// unreserved may stand in the user part of a URI as it is (§25.1).
const unreserved = "-_.!~*'()&=+$,;?/"

const hex = "0123456789ABCDEF"

func escape(user string) string {
	var b strings.Builder
	for i := range len(user) {
		if c := user[i]; alphanumeric(rune(c)) || strings.IndexByte(unreserved, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}

// unescape reads %41 as A, except where that would give a control character.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := digit(s[i+1]), digit(s[i+2])
			if c := high<<4 | low; high >= 0 && low >= 0 && !control(rune(c)) {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func digit(c byte) int { return strings.IndexByte(hex, strings.ToUpper(string(c))[0]) }
