// Package normalise writes phrases the way a recogniser hears them: lower-case
// words, no punctuation, numbers spelled out. Whoever compares a recognised
// text with a phrase normalises both.
package normalise

import (
	"strings"
	"unicode"
)

// Text returns the words of a phrase joined by spaces: "9 a.m., please!"
// becomes "nine a m please".
func Text(phrase string) string { return strings.Join(Words(phrase), " ") }

// Words returns a phrase's words in lower case. English numbers, times, money,
// per cent and & become words; other languages keep their own letters.
// Apostrophes inside a word stay, all other punctuation parts words or goes.
func Words(phrase string) []string {
	var words []string
	for _, token := range strings.Fields(strings.ToLower(phrase)) {
		words = append(words, fromToken(token)...)
	}
	return words
}

// fromToken turns what stands between two spaces into words.
func fromToken(token string) []string {
	token = strings.TrimFunc(token, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !isDigit(r) && !strings.ContainsRune("$£€%&", r)
	})
	for sign, unit := range currencies {
		if amount, ok := strings.CutPrefix(token, sign); ok && amount != "" {
			return money(amount, unit)
		}
	}
	if amount, ok := strings.CutSuffix(token, "%"); ok {
		return append(fromToken(amount), "percent")
	}
	return pieces(token)
}

// pieces cuts a token where letters, digits and punctuation meet.
func pieces(token string) []string {
	var words []string
	runes := []rune(strings.ReplaceAll(token, "’", "'"))
	for i := 0; i < len(runes); {
		r := runes[i]
		switch {
		case isDigit(r):
			end := i
			for end < len(runes) && inNumber(runes, end) {
				end++
			}
			suffix := end
			for suffix < len(runes) && unicode.IsLetter(runes[suffix]) {
				suffix++
			}
			number := string(runes[i:end])
			if isOrdinal(string(runes[end:suffix])) {
				words = append(words, ordinal(number)...)
				end = suffix
			} else {
				words = append(words, spell(number)...)
			}
			i = end
		case unicode.IsLetter(r):
			end := i
			for end < len(runes) && inWord(runes, end) {
				end++
			}
			words = append(words, string(runes[i:end]))
			i = end
		case r == '&':
			words = append(words, "and")
			i++
		default:
			i++
		}
	}
	return words
}

// inNumber: digits, and the points, commas and colons between two of them.
func inNumber(r []rune, i int) bool {
	return isDigit(r[i]) ||
		strings.ContainsRune(".,:", r[i]) && i > 0 && isDigit(r[i-1]) && i+1 < len(r) && isDigit(r[i+1])
}

// inWord: letters and their marks, and the apostrophe between two letters.
func inWord(r []rune, i int) bool {
	return unicode.IsLetter(r[i]) || unicode.IsMark(r[i]) ||
		r[i] == '\'' && i > 0 && unicode.IsLetter(r[i-1]) && i+1 < len(r) && unicode.IsLetter(r[i+1])
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
