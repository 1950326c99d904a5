package pocketsphinx

import (
	"strings"

	"parley/speech/normalise"
)

// grammar is what an utterance may be, as the decoder knows it.
type grammar struct {
	jsgf    string            // empty: no phrase can be recognised
	phrases map[string]string // the decoder's words → the phrase's
	dropped []string          // phrases with words that nobody can pronounce
}

// dictionary is what a decoder can pronounce.
type dictionary interface {
	knows(word string) bool
	// learn takes up a word that it does not know by a guess at its sound.
	learn(word string) bool
}

// newGrammar builds a grammar of whole phrases. A word that the dictionary
// lacks is replaced by two that it has ("voicebot" → "voice bot") or else
// pronounced as it is written; a phrase where that fails too is dropped.
func newGrammar(phrases []string, d dictionary) grammar {
	g := grammar{phrases: make(map[string]string)}
	var alternatives []string
	for _, phrase := range phrases {
		words := normalise.Words(phrase)
		if len(words) == 0 {
			continue
		}
		said, ok := pronounceable(words, d)
		if !ok {
			g.dropped = append(g.dropped, phrase)
			continue
		}
		key := strings.Join(said, " ")
		if _, twice := g.phrases[key]; twice {
			continue
		}
		g.phrases[key] = strings.Join(words, " ")
		alternatives = append(alternatives, key)
	}
	if len(alternatives) > 0 {
		g.jsgf = "#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = " + strings.Join(alternatives, "\n | ") + ";\n"
	}
	return g
}

// pronounceable replaces the words that the dictionary lacks.
func pronounceable(words []string, d dictionary) (said []string, ok bool) {
	for _, w := range words {
		switch parts := split(w, d.knows); {
		case d.knows(w):
			said = append(said, w)
		case parts != nil:
			said = append(said, parts...)
		case d.learn(w):
			said = append(said, w)
		default:
			return nil, false
		}
	}
	return said, true
}

// split finds a known spelling of an unknown word: without its apostrophe, or
// as two words of three letters or more, the shorter of which is longest.
func split(word string, knows func(string) bool) []string {
	if plain := strings.ReplaceAll(word, "'", ""); plain != word && knows(plain) {
		return []string{plain}
	}
	if stem, ok := strings.CutSuffix(word, "'s"); ok && knows(stem) {
		return []string{stem, "s"}
	}
	for off := 0; off <= len(word)/2; off++ {
		for _, at := range []int{len(word)/2 - off, len(word)/2 + off} {
			if at >= 3 && len(word)-at >= 3 && knows(word[:at]) && knows(word[at:]) {
				return []string{word[:at], word[at:]}
			}
		}
	}
	return nil
}
