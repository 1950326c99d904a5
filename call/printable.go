package call

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns a text of the wire's that terminals and pictures may show:
// what would steer a terminal, turn the direction of writing or break XML is
// replaced by U+FFFD.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Noncharacter_Code_Point, r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}
