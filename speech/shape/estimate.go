package shape

import (
	"unicode"
	"unicode/utf8"

	"parley/speech"
)

// Word is the end of a word in a text, and how long the text takes to say up to
// there, in letters.
type Word struct{ End, Weight int }

// Words returns the words of a text. Han characters and kana are words of
// their own.
func Words(text string) []Word {
	var words []Word
	total, weight := 0, 0
	flush := func(end int) {
		if weight > 0 {
			total += weight
			words = append(words, Word{end, total})
		}
		weight = 0
	}
	for i, r := range text {
		switch {
		case unicode.IsSpace(r):
			flush(i)
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			flush(i)
			weight = 3
			flush(i + utf8.RuneLen(r))
		case unicode.IsDigit(r):
			weight += 4
		case unicode.IsLetter(r):
			weight++
		case weight > 0: // a comma is a pause
			weight++
		}
	}
	flush(len(text))
	return words
}

// Estimate places the end of each word of text in samples of speech, between
// the sounds at first and last, by how many letters it has: for voices that do
// not say where their words are.
func Estimate(text string, first, last int64) []speech.Mark {
	words := Words(text)
	marks := make([]speech.Mark, len(words))
	for i, w := range words {
		total := words[len(words)-1].Weight
		marks[i] = speech.Mark{Sample: first + (last-first)*int64(w.Weight)/int64(total), Byte: w.End}
	}
	return marks
}
