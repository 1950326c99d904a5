package normalise

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"9 a.m.":                            "nine a m",
		"Nine a.m., please!":                "nine a m please",
		"At 9:30 or 10:05, not 11:00":       "at nine thirty or ten oh five not eleven",
		"What's the status of order 4711?":  "what's the status of order four thousand seven hundred eleven",
		"order 004711":                      "order zero zero four seven one one",
		"number 4711234":                    "number four seven one one two three four",
		"1,250 items":                       "one thousand two hundred fifty items",
		"the 1st, 2nd, 3rd, 12th and 20th":  "the first second third twelfth and twentieth",
		"21st":                              "twenty first",
		"$5 or £1 or €3.50":                 "five dollars or one pound or three euros fifty",
		"100% sure":                         "one hundred percent sure",
		"R&D":                               "r and d",
		"check-in":                          "check in",
		"'quoted' don’t":                    "quoted don't",
		"3.14":                              "three point one four",
		"5pm":                               "five pm",
		"Wo ist meine Bestellung? Über uns": "wo ist meine bestellung über uns",
		"营业时间":                              "营业时间",
		"...":                               "",
		"":                                  "",
		"a  \n b":                           "a b",
		"2026":                              "two thousand twenty six",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"9 a.m.", "$1.05", "12:0000:1", "%%5%", "1.2.3", "é’s", "$$$5", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words := Words(s)
		for _, w := range words {
			if w == "" || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' }) {
				t.Fatalf("%q has the word %q", s, w)
			}
		}
		if again := Words(strings.Join(words, " ")); strings.Join(again, " ") != strings.Join(slices.Clone(words), " ") {
			t.Fatalf("%q gives %q and that gives %q", s, words, again)
		}
	})
}
