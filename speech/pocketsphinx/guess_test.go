package pocketsphinx

import (
	"testing"

	"parley/speech"
	"parley/speech/speechtest"
)

// TestWordsThatNoDictionaryHas: a name that somebody made up is understood by
// how it is written, and does not become another phrase.
func TestWordsThatNoDictionaryHas(t *testing.T) {
	l := speechtest.Listen(t, recognizer(t, free), telephone)
	h := speech.Hints{Phrases: []string{"kwyjibo", "forty two", "zorblat hotline", "opening hours", "goodbye"}}
	right, id := 0, 0
	for _, said := range []string{"kwyjibo", "zorblat hotline", "forty two", "opening hours"} {
		for _, voice := range speechtest.Voices {
			id++
			if r := hear(t, l, id, h, speechtest.Say(t, voice, said, 8000)); r.Text == said {
				right++
			} else {
				t.Logf("%s says %q: understood %q", voice, said, r.Text)
			}
		}
	}
	t.Logf("%d of %d are right", right, id)
	if right < 14 {
		t.Errorf("%d of %d right, want 14 or more", right, id)
	}
}

func TestGuess(t *testing.T) {
	for word, want := range map[string]string{
		"kwyjibo": "K W AY JH IY B OW", "shop": "SH AA P", "o'hara": "OW HH EH R AH",
		"": "", "42": "", "caf\u00e9": "", "x y": "",
	} {
		if got := guess(word); (got == "") != (want == "") || want != "" && got[:1] != want[:1] {
			t.Errorf("%q is said %q, want %q", word, got, want)
		} else {
			t.Logf("%q: %s", word, got)
		}
	}
}
