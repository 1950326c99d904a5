package espeak

import (
	"unicode"
	"unicode/utf8"

	"parley/speech"
)

// estimate places the end of each word of text in samples of speech, between
// the sounds at first and last, by how many letters it has. The program does
// not say where its words are. Han characters and kana are words of their own.
func estimate(text string, first, last int64) []speech.Mark {
	type word struct{ end, weight int }
	var words []word
	total, weight := 0, 0
	flush := func(end int) {
		if weight > 0 {
			total += weight
			words = append(words, word{end, total})
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
	marks := make([]speech.Mark, len(words))
	for i, w := range words {
		marks[i] = speech.Mark{Sample: first + (last-first)*int64(w.weight)/int64(total), Byte: w.end}
	}
	return marks
}

// sounds returns where the sound in pcm begins and ends.
func sounds(pcm []int16) (first, last int64) {
	const loud = 200
	for i, x := range pcm {
		if x > loud || x < -loud {
			if last == 0 {
				first = int64(i)
			}
			last = int64(i + 1)
		}
	}
	return first, last
}
