package stream

import (
	"strings"
	"unicode"
)

// verdict is what is known of a border.
type verdict uint8

const (
	no verdict = iota
	yes
	unknown // it depends on what comes next
)

// text is what is known of a text. Verdicts on it depend on what it says, not
// on how much of it is there.
type text struct {
	runes  []rune
	final  bool
	inside bool // the runes begin in the middle of a line
}

// maxMarks bounds marks, or spaces, in a row.
const maxMarks = 16

const (
	stops   = ".!?…。！？；｡．"
	closers = "\"'”’»)]）】」』〉》"
	openers = "\"'“‘«([（【「『〈《"
)

// at returns a character; '\n' stands for the end of the text.
func (t text) at(i int) (rune, bool) {
	if i < len(t.runes) {
		return t.runes[i], true
	}
	return '\n', t.final
}

// after returns the first character from i on that is none of skip and, on the
// same line, no space.
func (t text) after(i int, skip string) (rune, bool) {
	for most := i + maxMarks; ; i++ {
		r, ok := t.at(i)
		if !ok || i == most || r == '\n' || !unicode.IsSpace(r) && !strings.ContainsRune(skip, r) {
			return r, ok
		}
	}
}

// sentence tells whether a sentence ends at i. end is where what i belongs to
// is over: marks in a row and the quotes and brackets that they close.
func (t text) sentence(i int) (end int, is verdict) {
	if !strings.ContainsRune(stops, t.runes[i]) {
		return i + 1, no
	}
	var next rune
	for end = i + 1; ; end++ {
		var ok bool
		if next, ok = t.at(end); !ok {
			return end, unknown
		}
		if end == i+maxMarks || !strings.ContainsRune(stops+closers, next) {
			break
		}
	}
	marks := string(t.runes[i:end])
	closed := strings.ContainsAny(marks, closers)
	switch {
	case next == '\n', strings.ContainsAny(marks, "。！？；｡．"):
		return end, yes
	case !unicode.IsSpace(next):
		spaceless := i > 0 && wide(t.runes[i-1])
		loud := strings.ContainsAny(marks, "!?")
		return end, verdictOf(spaceless && wide(next) || loud && (spaceless || wide(next)))
	}
	next, ok := t.after(end, openers)
	switch {
	case !ok:
		return end, unknown
	case strings.ContainsAny(marks, "!?"):
		return end, verdictOf(!closed || !unicode.IsLower(next))
	case unicode.IsLower(next):
		return end, no
	case strings.Trim(marks, closers) != ".":
		return end, yes // an ellipsis
	}
	return end, verdictOf(t.point(i, next))
}

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// point tells whether the point at i, a space after it and next after that,
// ends a sentence.
func (t text) point(i int, next rune) bool {
	from := i
	for from > 0 && !unicode.IsSpace(t.runes[from-1]) && !strings.ContainsRune(openers, t.runes[from-1]) {
		from--
	}
	word := string(t.runes[from:i])
	low := strings.ToLower(word)
	switch {
	case never[low]:
		return false
	case beforeNumbers[low]:
		return !unicode.IsDigit(next)
	case low == "a.m" || low == "p.m":
		return !unicode.IsDigit(next)
	case initials(word):
		return false
	case strings.Trim(word, "0123456789") == "" && len(word) > 0 && len(word) <= 2:
		return !t.lineBegins(from) // "1. Apples" is a list
	}
	return true
}

// lineBegins tells whether nothing stands before i on its line.
func (t text) lineBegins(i int) bool {
	for i > 0 && unicode.IsSpace(t.runes[i-1]) && t.runes[i-1] != '\n' {
		i--
	}
	if i == 0 {
		return !t.inside
	}
	return t.runes[i-1] == '\n'
}

// initials tells single letters, also with points between them: J, U.S; but
// not the word I.
func initials(word string) bool {
	if word == "I" || word == "" {
		return false
	}
	for _, letter := range strings.Split(word, ".") {
		if r := []rune(letter); len(r) != 1 || !unicode.IsLetter(r[0]) {
			return false
		}
	}
	return true
}

// never are abbreviations that another word always follows.
var never = set(`mr mrs ms mx dr prof rev hon capt lt sgt col gen gov sen rep pres st mt ft messrs mme mlle
	e.g i.e vs viz cf al approx ca c incl excl dept est tel`)

// beforeNumbers are abbreviations if a number follows, and else words or the
// end of a sentence.
var beforeNumbers = set(`no nos nr fig figs vol p pp ext art ch sec par op pt ver v
	jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// clause tells whether a clause ends at i.
func (t text) clause(i int) (end int, is verdict) {
	end = i + 1
	r := t.runes[i]
	var before rune
	if i > 0 {
		before = t.runes[i-1]
	}
	switch r {
	case '，', '、':
		return end, yes
	case '—', '：':
		next, ok := t.at(end)
		if !ok {
			return end, unknown
		}
		return end, verdictOf(!unicode.IsDigit(next))
	case ',', ';', ':', '-', '–', ')':
	default:
		return end, no
	}
	next, ok := t.at(end)
	switch {
	case !ok:
		return end, unknown
	case !unicode.IsSpace(next), (r == '-' || r == '–') && !unicode.IsSpace(before):
		return end, no
	}
	if next, ok = t.after(end, ""); !ok {
		return end, unknown
	}
	return end, verdictOf(!(unicode.IsDigit(before) && unicode.IsDigit(next)))
}
