package deepgram

import (
	"slices"
	"strings"

	"parley/speech"
)

const (
	// mostTerms is what the service takes at most: 500 tokens. A byte is never
	// more than a token, and too many stop the recognition without a word.
	mostTerms = 500
	// longestTerm: a key term is a name or a short answer, not a question.
	longestTerm = 5 // words
)

// keyterms are the expected phrases that are short enough.
func (r *Recognizer) keyterms(h speech.Hints) []string {
	if !r.c.Listen.Keyterms || !strings.HasPrefix(r.c.Listen.Model, "nova-3") {
		return nil
	}
	var terms []string
	left := mostTerms
	for _, p := range h.Phrases {
		p = strings.Join(strings.Fields(p), " ")
		if p == "" || strings.Count(p, " ") >= longestTerm || len(p) > left || slices.Contains(terms, p) {
			continue
		}
		terms = append(terms, p)
		left -= len(p)
	}
	return terms
}
