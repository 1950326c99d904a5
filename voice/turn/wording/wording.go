// Package wording reads from a text how its speaker goes on: whether a
// sentence has come to its end or waits for more, whether somebody dictates, and
// whether words only say "I am listening". It is a small model by rules, one
// table a language; a language without a table is never judged, and gets the
// silence that is configured.
package wording

import (
	"slices"
	"strings"
	"unicode"
)

// Ending is how a text ends.
type Ending uint8

const (
	Unknown    Ending = iota // nothing can be said
	Unfinished               // "I would like to", "and", "um": more will come
	Dictating                // digits or letters, or a part of an address
	Finished                 // a whole sentence that tells something: more may follow
	Request                  // a whole question or wish
	Answer                   // a whole answer: yes, no, or what was expected
)

func (e Ending) String() string {
	return [...]string{"unknown", "unfinished", "dictating", "finished", "request", "answer"}[e]
}

// language is what is known of one. Words are in lower case.
type language struct {
	// trailing words wait for another; trailingTwo are pairs that do. fillers
	// are sounds of somebody who thinks.
	trailing, trailingTwo, fillers map[string]bool
	// spelled are words that are dictated: digits, letters, "dot", "at".
	spelled map[string]bool
	// answers are whole answers; acknowledgements say that one listens, and
	// may, in a row, be a backchannel.
	answers, acknowledgements map[string]bool
	// questions begin a question that may end with a trailing word; requests,
	// of one word or two, begin what wants something. clauses begin one that
	// waits for the main clause, unless a verb of asking follows.
	questions, requests, clauses, asking map[string]bool
	// leading words may stand before all of these.
	leading map[string]bool
	// minimum is how many words a sentence has at least.
	minimum int
	split   func(string) []string
}

// of returns what is known of the language of a BCP 47 tag.
func of(tag string) (language, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	l, ok := languages[primary]
	return l, ok
}

var languages = map[string]language{"en": english, "zh": chinese}

// Judge says how text ends. expected are answers that somebody waits for.
func Judge(tag, text string, expected []string) Ending {
	l, known := of(tag)
	if !known {
		return expectedOnly(text, expected)
	}
	words := l.split(text)
	if len(words) == 0 {
		return Unknown
	}
	last := words[len(words)-1]
	two := ""
	if len(words) > 1 {
		two = words[len(words)-2] + " " + last
	}
	switch {
	case matches(l.split, words, expected), l.answers[strings.Join(words, " ")]:
		return Answer
	case l.fillers[last], l.trailingTwo[two]:
		return Unfinished
	case l.trailing[last] && !(l.questions[words[0]] && len(words) >= 4):
		return Unfinished // "what is it for" has come to its end
	case dictates(l, words):
		return Dictating
	case len(words) < l.minimum:
		return Unknown
	}
	return l.sentence(words)
}

// sentence judges a sentence that ends with a word that may be its last.
func (l language) sentence(words []string) Ending {
	for len(words) > l.minimum && (l.leading[words[0]] || l.fillers[words[0]]) {
		words = words[1:]
	}
	first, two := words[0], words[0]+" "+words[1]
	switch {
	case l.clauses[first] && !l.asking[words[1]] && len(words) < longClause:
		return Unfinished
	case l.requests[first], l.requests[two], l.questions[first]:
		return Request
	}
	return Finished
}

// longClause is from how many words on a clause may have its main clause in it.
const longClause = 8

// expectedOnly judges where the language is not known.
func expectedOnly(text string, expected []string) Ending {
	if matches(fields, fields(text), expected) {
		return Answer
	}
	return Unknown
}

func matches(split func(string) []string, words, expected []string) bool {
	return slices.ContainsFunc(expected, func(e string) bool { return slices.Equal(split(e), words) })
}

// dictates tells whether the last words are being spelled.
func dictates(l language, words []string) bool {
	n := 0
	for i := len(words) - 1; i >= 0 && (l.spelled[words[i]] || numeral(words[i])); i-- {
		n++
	}
	return n >= 2 || n == 1 && len(words) == 1
}

// numeral tells whether a word is written in digits, or is a letter.
func numeral(word string) bool {
	for _, r := range word {
		if !unicode.IsDigit(r) {
			return len(word) == 1 && word != "a" && word != "i"
		}
	}
	return word != ""
}

// Acknowledges tells whether text is nothing but "mm-hmm", "okay", "I see": what
// a listener says to one who is to go on. Empty text is not.
func Acknowledges(tag, text string) bool {
	l, known := of(tag)
	if !known {
		return false
	}
	words := l.split(text)
	for i := 0; i < len(words); i++ {
		switch {
		case i+1 < len(words) && l.acknowledgements[words[i]+" "+words[i+1]]:
			i++
		case !l.acknowledgements[words[i]]:
			return false
		}
	}
	return len(words) > 0
}

// Says tells whether text has a word that means something: neither an
// acknowledgement nor a filler.
func Says(tag, text string) bool {
	l, known := of(tag)
	if !known {
		return strings.TrimSpace(text) != ""
	}
	words := l.split(text)
	if n := len(words); n > 0 && l.begins(words[n-1]) && (n == 1 || Acknowledges(tag, strings.Join(words[:n-1], " "))) {
		return false // "I" may become "I see"
	}
	if Acknowledges(tag, text) {
		return false
	}
	return slices.ContainsFunc(words, func(w string) bool { return !l.fillers[w] })
}

// begins tells whether word is the first of an acknowledgement of two.
func (l language) begins(word string) bool {
	for a := range l.acknowledgements {
		if first, _, two := strings.Cut(a, " "); two && first == word {
			return true
		}
	}
	return false
}

// fields are the words of a text, without what is written around them.
func fields(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '-' && !unicode.Is(unicode.Mn, r)
	})
}

// set makes a set of words; those of more than one are joined by "_".
func set(lists ...string) map[string]bool {
	s := make(map[string]bool)
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			s[strings.ReplaceAll(w, "_", " ")] = true
		}
	}
	return s
}
