package flow

import (
	"slices"
	"strings"
	"unicode"

	"parley/speech/normalise"
)

// phrase is a text made ready for comparison.
type phrase struct {
	text  string
	words []string
	key   string // the words, joined
}

// newPhrase cuts a text into words as a recogniser writes them: lower case,
// numbers spelled, apostrophes left out; a character of a writing without
// spaces is a word of its own.
func newPhrase(text string) phrase {
	p := phrase{text: text}
	for _, w := range normalise.Words(text) {
		var word strings.Builder
		for _, r := range w {
			switch {
			case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
				p.add(&word)
				p.words = append(p.words, string(r))
			case r != '\'':
				word.WriteRune(r)
			}
		}
		p.add(&word)
	}
	p.key = strings.Join(p.words, " ")
	return p
}

// add ends a word.
func (p *phrase) add(word *strings.Builder) {
	if word.Len() > 0 {
		p.words = append(p.words, word.String())
		word.Reset()
	}
}

// minScore is the least likeness that counts as a match.
const minScore = 0.6

// likeness tells how well said fits an example, 0 to 1: 1 for the same words;
// up to 0.9 for the example within what was said, and up to 0.8 for the words
// that carry its meaning, in any order; else the share of common words. The
// more of what was said the example covers, the higher.
func likeness(said, example phrase) float64 {
	if len(said.words) == 0 || len(example.words) == 0 {
		return 0
	}
	if said.key == example.key {
		return 1
	}
	left := map[string]int{}
	var total float64
	for _, w := range said.words {
		left[stem(w)]++
		total += weight(w)
	}
	var common, whole, meaning, missing float64
	for _, w := range example.words {
		whole += weight(w)
		here := left[stem(w)] > 0
		if here {
			left[stem(w)]--
			common += weight(w)
		}
		switch {
		case light[w]:
		case here:
			meaning += weight(w)
		default:
			missing++
		}
	}
	score := 0.85 * 2 * common / (total + whole)
	if meaning > 0 && missing == 0 {
		score = max(score, 0.6+0.2*meaning/total)
	}
	if contains(said.words, example.words) {
		score = max(score, 0.65+0.25*whole/total)
	}
	return score
}

// contains: the example's words stand in a row in what was said.
func contains(said, example []string) bool {
	for i := 0; i+len(example) <= len(said); i++ {
		if slices.Equal(said[i:i+len(example)], example) {
			return true
		}
	}
	return false
}

// stem lets an English plural and its singular be the same word.
func stem(w string) string {
	if len(w) > 3 && w[len(w)-1] == 's' && w[len(w)-2] != 's' {
		return w[:len(w)-1]
	}
	return w
}

// light words say little about what a sentence means.
var light = words(`a an the is are am was were be do does did to of in on at it and please i me my you your we our us
	would like can could will for that this there have has with what when where how who which time know tell say want
	的 了 吗 呢 请 我 你 们 是 在 要 想`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// weight is how much a word counts.
func weight(w string) float64 {
	if light[w] {
		return 1
	}
	return 3
}
