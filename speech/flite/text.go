package flite

import (
	"strings"
	"unicode"
)

// piece is a part of the text that is spoken at once.
type piece struct {
	at   int // byte offset in the whole text
	text string
}

// Sentences are spoken one by one, so that the first is heard while the others
// are computed, and other callers get their turn between them.
const (
	shortest = 20  // bytes: "Yes. Fine." is spoken at once
	longest  = 400 // a sentence without an end is cut at a space
)

// pieces cuts text after sentences. Pieces without a letter or digit are left
// out: flite has nothing to say to them.
func pieces(text string) []piece {
	var ps []piece
	start := 0
	cut := func(end int) {
		if strings.ContainsFunc(text[start:end], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			ps = append(ps, piece{start, text[start:end]})
		}
		start = end
	}
	for i := range len(text) {
		if i == start || text[i] != ' ' && text[i] != '\n' {
			continue
		}
		before := text[i-1]
		switch {
		case i-start >= shortest && strings.IndexByte(".!?", before) >= 0 && !abbreviation(text[start:i]):
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
