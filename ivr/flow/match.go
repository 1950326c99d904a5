package flow

import (
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

// likeness tells how well said fits an example, 0 to 1: 1 for the same words,
// 0.9 for the example within what was said, else the share of common words
// (those that carry meaning count three times).
func likeness(said, example phrase) float64 {
	switch {
	case len(said.words) == 0 || len(example.words) == 0:
		return 0
	case said.key == example.key:
		return 1
	case contains(said.words, example.words):
		return 0.9
	}
	left := map[string]int{}
	var total, common float64
	for _, w := range said.words {
		left[w]++
		total += weight(w)
	}
	for _, w := range example.words {
		total += weight(w)
		if left[w] > 0 {
			left[w]--
			common += 2 * weight(w)
		}
	}
	return 0.85 * common / total
}

// contains: the example's words stand in a row in what was said.
func contains(said, example []string) bool {
	for i := 0; i+len(example) <= len(said); i++ {
		same := true
		for j, w := range example {
			if said[i+j] != w {
				same = false
				break
			}
		}
		if same {
			return true
		}
	}
	return false
}

// light words say little about what a sentence means.
var light = map[string]bool{
	"a": true, "an": true, "the": true, "is": true, "are": true, "do": true, "does": true, "to": true,
	"of": true, "in": true, "on": true, "at": true, "it": true, "and": true, "please": true, "i": true,
	"me": true, "my": true, "you": true, "your": true, "we": true, "would": true, "like": true, "can": true,
	"could": true, "for": true, "that": true, "this": true, "have": true, "be": true, "with": true,
	"的": true, "了": true, "吗": true, "呢": true, "请": true,
}

func weight(w string) float64 {
	if light[w] {
		return 1
	}
	return 3
}
