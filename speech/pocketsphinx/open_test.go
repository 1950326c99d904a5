package pocketsphinx

import (
	"strings"
	"testing"

	"parley/speech"
	"parley/speech/speechtest"
)

// TestALongSpeechIsNotLost: of what fits no phrase and is longer than a second
// look may take, the beginning is understood.
func TestALongSpeechIsNotLost(t *testing.T) {
	l := speechtest.Listen(t, recognizer(t, free), telephone)
	said := "i bought a table in your shop last week and the weather in london is terrible today and my neighbour said that " +
		"the train from paris was late again because there was snow on the line and nobody knew when it would come"
	pcm := speechtest.Say(t, "rms", said, 8000)
	if seconds := len(pcm) / 8000; seconds < 9 {
		t.Fatalf("it is no more than %d s long", seconds)
	}
	if r := hear(t, l, 1, speech.Hints{Phrases: shop}, pcm); !strings.Contains(r.Text, "table") || strings.Contains(r.Text, "nobody") {
		t.Errorf("understood %q", r.Text)
	}
}

// TestOpenHints: phrases have the first word, what fits none is understood in
// free form, and a single word is not guessed at.
func TestOpenHints(t *testing.T) {
	r := recognizer(t, free)
	h := speech.Hints{Phrases: []string{"yes", "no", "where is my order", "what are your opening hours"}}
	for _, c := range []struct{ voice, said, want string }{
		{"awb", "yes", "yes"}, {"kal16", "yes", "yes"}, {"slt", "no", "no"},
		{"rms", "where is my order", "where is my order"},
		{"rms", "i do not need anything else", "i do not need anything else"},
		{"kal16", "at what time does the shop close", "at what time does the shop close"},
		{"rms", "maybe", "maybe"}, {"kal16", "maybe", "maybe"},
	} {
		l := speechtest.Listen(t, r, telephone) // each on a line of its own
		got := hear(t, l, 1, h, speechtest.Say(t, c.voice, c.said, 8000))
		l.Close()
		if got.Text != c.want {
			t.Errorf("%s said %q, heard %q", c.voice, c.said, got.Text)
		}
	}
}

func TestOpenHintsPreferAPhrase(t *testing.T) {
	l := speechtest.Listen(t, recognizer(t, free), telephone)
	h := speech.Hints{Phrases: shop}
	// Free form alone takes this for "wearing mine either".
	if r := hear(t, l, 1, h, speechtest.Say(t, "slt", "where is my order", 8000)); r.Text != "where is my order" {
		t.Errorf("understood %q", r.Text)
	}
	if r := hear(t, l, 2, h, speechtest.Say(t, "rms", "the weather in london is terrible", 8000)); !strings.Contains(r.Text, "weather") {
		t.Errorf("what is no phrase is understood as %q", r.Text)
	}
}
