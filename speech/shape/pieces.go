package shape

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is a part of a text that is spoken at once.
type Piece struct {
	At   int // byte offset in the whole text
	Text string
}

const (
	shortest = 20  // bytes: "Yes. Fine." is one piece
	longest  = 400 // a sentence without an end is cut at a space
)

// Pieces cuts text after sentences, so that the first is heard while the others
// are computed. Pieces without a letter or digit are left out: there is
// nothing to say.
func Pieces(text string) []Piece {
	var ps []Piece
	start := 0
	cut := func(end int) {
		if strings.ContainsFunc(text[start:end], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			ps = append(ps, Piece{start, text[start:end]})
		}
		start = end
	}
	for i, r := range text {
		if end := i + utf8.RuneLen(r); strings.ContainsRune("。！？", r) && end-start >= shortest {
			cut(end)
			continue
		}
		if i-start >= 2*longest { // a word that never ends
			cut(i)
			continue
		}
		if i <= start || r != ' ' && r != '\n' {
			continue
		}
		switch {
		case i-start >= shortest && strings.IndexByte(".!?", text[i-1]) >= 0 && !abbreviation(text[start:i]):
			cut(i)
		case i-start >= longest:
			cut(i)
		}
	}
	cut(len(text))
	return ps
}

// abbreviation reports whether the last word is "a.m." or "Mr." rather than
// the end of a sentence.
func abbreviation(s string) bool {
	word := s[strings.LastIndexAny(s, " \n")+1:]
	return strings.HasSuffix(word, ".") && (strings.Count(word, ".") > 1 || len(word) <= 3)
}
