package answer

import (
	"strings"
	"unicode"
)

// phrase is something that tells who speaks.
type phrase struct {
	text   string
	who    Who
	weight float64 // nats, for who
}

// phraseSet are phrases of a lexicon, by their place in it.
type phraseSet [room / 64]uint64

func (s *phraseSet) add(i int)     { s[i/64] |= 1 << (i % 64) }
func (s phraseSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// room is how many phrases a lexicon may have.
const room = 320

// of returns the lexicon of the language of a BCP 47 tag, empty if it has none.
func of(tag string) *lexicon {
	primary, _, _ := strings.Cut(tag, "-")
	if l := lexicons[strings.ToLower(primary)]; l != nil {
		return l
	}
	return &noLexicon
}

var noLexicon lexicon

// lexicon are the phrases of a language.
type lexicon struct {
	phrases []phrase
	digits  map[string]bool
	// solid: words are written without spaces.
	solid bool
}

var lexicons = map[string]*lexicon{"en": &english, "zh": &chinese}

// find returns the phrases in text, how many words it has, and its longest row
// of digits.
func (l *lexicon) find(text string) (found phraseSet, words, digits int) {
	list := l.split(text)
	row := 0
	for _, w := range list {
		if l.digits[w] || numeral(w) {
			row++
			digits = max(digits, row)
		} else {
			row = 0
		}
	}
	joined := strings.Join(list, l.separator())
	if !l.solid {
		joined = " " + joined + " "
	}
	for i, p := range l.phrases {
		want := p.text
		if !l.solid {
			want = " " + want + " "
		}
		if strings.Contains(joined, want) {
			found.add(i)
		}
	}
	return found, len(list), digits
}

func (l *lexicon) separator() string {
	if l.solid {
		return ""
	}
	return " "
}

// split returns the words of text: no punctuation, no apostrophes, and Chinese
// sign by sign.
func (l *lexicon) split(text string) (words []string) {
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = word[:0]
		}
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			words = append(words, string(r))
		case r == '\'' || r == '’':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word = append(word, unicode.ToLower(r))
		default:
			flush()
		}
	}
	flush()
	return words
}

func numeral(word string) bool {
	for _, r := range word {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// list makes phrases of one kind: they are separated by commas.
func list(who Who, weight float64, texts string) []phrase {
	var ps []phrase
	for t := range strings.SplitSeq(texts, ",") {
		ps = append(ps, phrase{strings.TrimSpace(t), who, weight})
	}
	return ps
}

func set(words string) map[string]bool {
	s := map[string]bool{}
	for _, w := range strings.Fields(words) {
		s[w] = true
	}
	return s
}

func joined(lists ...[]phrase) (all []phrase) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
