// Package stream makes of a model's words, as they come in, what is said and
// what is done: Scanner takes commands and actions out of the text, Chunker
// cuts the rest into lines for a synthesizer. Both are pure and give the same
// however the text is cut into pieces on its way.
package stream

import (
	"unicode"
	"unicode/utf8"
)

// runes decodes text that may be cut within a character. What is no UTF-8 is
// left out.
type runes struct{ rest []byte }

func (d *runes) feed(text string, each func(rune)) {
	d.rest = append(d.rest, text...)
	for len(d.rest) > 0 && utf8.FullRune(d.rest) {
		r, n := utf8.DecodeRune(d.rest)
		d.rest = d.rest[n:]
		if r != utf8.RuneError {
			each(r)
		}
	}
}

// wide tells the letters and signs of writings without spaces.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) ||
		r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}

// Join puts two pieces of speech together: with a space, unless the writing on
// either side of the border does without.
func Join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if wide(last) || wide(first) {
		return a + b
	}
	return a + " " + b
}
