package stream

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	commands = []string{"Hangup", "Transfer to Agent", "Sales", "Sales Europe", "转人工"}
	actions  = []string{"DTMF"}
)

// scan gives text to a Scanner piece by piece, and joins what is spoken.
func scan(pieces ...string) (tokens []Token) {
	s := NewScanner(commands, actions)
	add := func(more []Token) {
		for _, m := range more {
			if n := len(tokens); n > 0 && m.Kind == Text && tokens[n-1].Kind == Text {
				tokens[n-1].Text += m.Text
				continue
			}
			tokens = append(tokens, m)
		}
	}
	for _, p := range pieces {
		add(s.Feed(p))
	}
	add(s.Flush())
	return tokens
}

func show(tokens []Token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString([]string{"", "<command ", "<action ", "<stray "}[t.Kind] + t.Text)
		if t.Kind != Text {
			b.WriteByte('>')
		}
	}
	return b.String()
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"Goodbye. #Hangup#":                    "Goodbye. <command Hangup>",
		"#hangup#":                             "<command Hangup>",
		"# HANG UP #":                          "<command Hangup>",
		"Ok #transfer  to_agent# bye":          "Ok <command Transfer to Agent> bye",
		"Goodbye#Hangup#now":                   "Goodbye<command Hangup>now",
		"＃Hangup＃":                             "<command Hangup>",
		"好的#转人工#":                              "好的<command 转人工>",
		"#Sales Europe#":                       "<command Sales Europe>",
		"#Sales#":                              "<command Sales>",
		"a {DTMF 123#} b":                      "a <action DTMF 123#> b",
		"{dtmf *9}":                            "<action dtmf *9>",
		"{ DTMF 1 }":                           "<action DTMF 1>",
		"{#Hangup#}":                           "<command Hangup>",
		"{Unheard of}":                         "<stray {Unheard of}>",
		"{{name}} hi":                          "<stray {{name}}> hi",
		"{DTMF {1}}":                           "<action DTMF {1}>",
		"{\"a\": {\"b\": 1}}":                  "<stray {\"a\": {\"b\": 1}}>",
		"#Unheard Of#":                         "<stray #Unheard Of#>",
		"press the # key":                      "press the # key",
		"press # or the # again":               "press # or the # again",
		"issue #5 and issue #6":                "issue #5 and issue #6",
		"dial *#06# now":                       "dial *#06# now",
		"C# and F# are languages":              "C# and F# are languages",
		"# Title\n## Next":                     "# Title\n## Next",
		"we are #proud of it, #all of us":      "we are #proud of it, #all of us",
		"{ alone, and } too":                   "{ alone, and } too",
		"a { b":                                "a { b",
		"{":                                    "{",
		"#":                                    "#",
		"##":                                   "##",
		"{}":                                   "<stray {}>",
		"{unclosed and going on":               "{unclosed and going on",
		"{DTMF 12":                             "<stray {DTMF 12>",
		"{DT":                                  "<stray {DT>",
		"Bye #Hangup":                          "Bye <command Hangup>",
		"Bye #Hangup.":                         "Bye <command Hangup>.",
		"Bye #Hangup\nmore":                    "Bye <command Hangup>\nmore",
		"Bye #Sales {x}#":                      "Bye <command Sales> <stray {x}>#",
		"Bye #Transfer to Ag":                  "Bye <stray #Transfer to Ag>",
		"#Hangup## Sales#":                     "<command Hangup><command Sales>",
		"## Hangup #":                          "#<command Hangup>",
		"#Hangup#Hangup#":                      "<command Hangup>Hangup#",
		"https://x.y/#top is it":               "https://x.y/#top is it",
		strings.Repeat("{", 200):               strings.Repeat("{", 200),
		"#" + strings.Repeat("very long ", 20): "#" + strings.Repeat("very long ", 20),
	} {
		if got := show(scan(text)); got != want {
			t.Errorf("%q\n got %q\nwant %q", text, got, want)
		}
	}
}

// TestSpeechIsNotHeldUp: a # or { that is ordinary text is known to be so a
// few characters later.
func TestSpeechIsNotHeldUp(t *testing.T) {
	for text, most := range map[string]int{
		"# key": 3, "#5": 2, "# then": 4, "{ x": 3, "#hashtag, it": 10,
		"#" + strings.Repeat("a", 200): maxCommand + 3, "{" + strings.Repeat("a", 200): maxAction + 3,
	} {
		s := NewScanner(commands, actions)
		n := 0
		for _, r := range text {
			n++
			if len(s.Feed(string(r))) > 0 {
				break
			}
		}
		if n > most {
			t.Errorf("%q is held back for %d characters, want %d", text, n, most)
		}
	}
}

var scraps = rapid.SampledFrom([]string{
	"#", "#", "{", "}", "Hangup", "hang up", "Transfer to Agent", "Sales", "Sales Europe", "DTMF 123#", "DTMF", " ", " ", ".", ",", "\n", "a", "key",
	"5", "转人工", "＃", "｛", "unknown", "{{name}}", "#Hangup#", "{DTMF 1}", "é", "'", "-",
})

// TestPiecesDoNotMatterToCommands: wherever the borders fall, the tokens are
// the same, nothing is lost, and no declared command or action is spoken.
func TestPiecesDoNotMatterToCommands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(scraps, 0, 40).Draw(t, "text"), "")
		whole := scan(text)
		if got := scan(cut(t, text)...); !slices.Equal(got, whole) {
			t.Fatalf("%q\n whole %q\npieces %q", text, show(whole), show(got))
		}
		for _, k := range whole {
			if k.Kind != Text {
				continue
			}
			for _, bad := range []string{"#Hangup#", "{DTMF 1}", "#Sales#", "{DTMF 123#}"} {
				if strings.Contains(k.Text, bad) {
					t.Fatalf("%q: spoken %q", text, k.Text)
				}
			}
		}
	})
}

func FuzzScanner(f *testing.F) {
	for _, s := range []string{"Bye #Hangup#", "{DTMF 1#}", "# a #", "{#Sales#}", "#Sa", "{D", "{{{}}}", "#\xff#", "#Sales Europe is#", "# #"} {
		f.Add(s, 2)
	}
	f.Fuzz(func(t *testing.T, text string, size int) {
		size = min(max(size, 1), 64)
		var pieces []string
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if whole, got := scan(text), scan(pieces...); !slices.Equal(whole, got) {
			t.Fatalf("%q\n whole %q\npieces %q", text, show(whole), show(got))
		}
	})
}

func BenchmarkStream(b *testing.B) {
	text := strings.Repeat("Certainly, Dr. Smith is free at 10:30 a.m. tomorrow, and at 2 p.m. Would you like one of these? ", 5)
	for b.Loop() {
		s, c := NewScanner(commands, actions), Chunker{}
		for i := 0; i < len(text); i += 5 {
			for _, k := range s.Feed(text[i:min(i+5, len(text))]) {
				c.Feed(k.Text)
			}
		}
		c.Flush()
	}
	b.SetBytes(int64(len(text)))
}
