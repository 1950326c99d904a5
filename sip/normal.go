package sip

import (
	"bytes"
	"strings"
)

// normal rewrites the head of a message that uses the freedom of §7.3.1 in
// ways that sipgo does not read, or not give back as it was: lines folded, and
// spaces around separators. What is in order stays as it is, and costs a look.
func normal(data []byte) []byte {
	at := bytes.Index(data, headEnd)
	if at < 0 || !odd(data[:at]) {
		return data
	}
	out := make([]byte, 0, len(data))
	lines := strings.Split(string(data[:at]), "\r\n")
	out = append(out, lines[0]...)
	for _, line := range unfold(lines[1:]) {
		name, value, ok := strings.Cut(line, ":")
		if ok {
			name = strings.TrimRight(name, " \t")
			line = name + ": " + tight(name, strings.TrimSpace(value))
		}
		out = append(append(out, "\r\n"...), line...)
	}
	return append(out, data[at:]...)
}

// odd tells whether there is a folded line, a space before a colon, or one
// beside a separator of Via.
func odd(head []byte) bool {
	for line := range bytes.Lines(head) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' || name[len(name)-1] == ' ' || name[len(name)-1] == '\t' {
			return true
		}
		switch name[0] | 0x20 {
		case 'v', 'f', 't', 'c', 'm', 'r':
			for _, s := range []string{" ;", "; ", " =", "= ", " /", "/ ", "  "} {
				if bytes.Contains(value, []byte(s)) {
					return true
				}
			}
		}
	}
	return bytes.Contains(head, []byte("\r\n ")) || bytes.Contains(head, []byte("\r\n\t"))
}

// unfold joins lines that go on with white space (§7.3.1).
func unfold(lines []string) []string {
	var joined []string
	for _, line := range lines {
		if len(joined) > 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			last := &joined[len(joined)-1]
			*last = strings.TrimRight(*last, " \t") + " " + strings.TrimLeft(line, " \t")
			continue
		}
		joined = append(joined, line)
	}
	return joined
}

// tight takes white space from around the separators of a header that sipgo
// takes apart, outside of quotes and angle brackets.
func tight(name, value string) string {
	separators := ";="
	switch strings.ToLower(name) {
	case "via", "v":
		separators = ";=/,"
	case "cseq", "from", "f", "to", "t", "contact", "m", "route", "record-route", "refer-to", "r", "content-type", "c":
	default:
		return value
	}
	var b strings.Builder
	quoted, angle, gap := false, false, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case quoted:
			b.WriteByte(c)
			if c == '\\' && i+1 < len(value) {
				i++
				b.WriteByte(value[i])
			}
			quoted = c != '"'
			continue
		case !angle && (c == ' ' || c == '\t'):
			gap = true
			continue
		}
		last := byte(0)
		if b.Len() > 0 {
			last = b.String()[b.Len()-1]
		}
		if gap && b.Len() > 0 && (angle || strings.IndexByte(separators, c) < 0 && strings.IndexByte(separators, last) < 0) {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteByte(c)
		quoted = c == '"' && !angle
		angle = c == '<' || angle && c != '>'
	}
	return b.String()
}
