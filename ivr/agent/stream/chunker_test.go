package stream

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// chunk gives text to a Chunker piece by piece.
func chunk(pieces ...string) (lines []string) {
	var c Chunker
	for _, p := range pieces {
		lines = append(lines, c.Feed(p)...)
	}
	return append(lines, c.Flush()...)
}

func TestLines(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"sentences", "Hello. How are you? Fine!", []string{"Hello.", "How are you?", "Fine!"}},
		{"the first clause goes early", "If you would like to come tomorrow, we have time at ten, or at two. Shall I book?",
			[]string{"If you would like to come tomorrow,", "we have time at ten, or at two.", "Shall I book?"}},
		{"a short clause does not", "Yes, of course. Good, then.", []string{"Yes, of course.", "Good, then."}},
		{"titles", "Dr. Smith and Mrs. Jones vs. Mr. X. Next.", []string{"Dr. Smith and Mrs. Jones vs. Mr. X. Next."}},
		{"abbreviations", "Fruit, e.g. apples, i.e. Fuji. Done.", []string{"Fruit, e.g. apples, i.e. Fuji.", "Done."}},
		{"no is a word and an abbreviation", "No. It is room No. 5 here. No. I am sure.", []string{"No.", "It is room No. 5 here.", "No.", "I am sure."}},
		{"decimals and prices", "It costs $1,299.99. That is 3.5 percent more. Or 1.000,50 euros.",
			[]string{"It costs $1,299.99.", "That is 3.5 percent more.", "Or 1.000,50 euros."}},
		{"times", "We open at 9 a.m. on Monday, 10:30 a.m. is free. At 5 p.m. We close.",
			[]string{"We open at 9 a.m. on Monday,", "10:30 a.m. is free.", "At 5 p.m.", "We close."}},
		{"dates", "It was Jan. 5, 2024 at noon or on May 5, 2024. Right?", []string{"It was Jan. 5, 2024 at noon or on May 5, 2024.", "Right?"}},
		{"versions", "Use v1.2.3. Then 2.0. Then go.", []string{"Use v1.2.3.", "Then 2.0.", "Then go."}},
		{"addresses", "See https://example.com/a.b?x=1. Or write to jo.doe@example.co.uk. Bye.",
			[]string{"See https://example.com/a.b?x=1.", "Or write to jo.doe@example.co.uk.", "Bye."}},
		{"initials", "J. R. R. Tolkien lived in the U.S. Army camp. So did I. Really.",
			[]string{"J. R. R. Tolkien lived in the U.S. Army camp.", "So did I.", "Really."}},
		{"ellipses", "Well... let me see... Here it is… Good.", []string{"Well... let me see...", "Here it is…", "Good."}},
		{"quotes", `He said "Stop." Then "Go!" she said. “Fine.” End.`, []string{`He said "Stop."`, `Then "Go!" she said.`, "“Fine.”", "End."}},
		{"brackets", "We are open (also on Sunday.) Come in. (Really!) Yes.", []string{"We are open (also on Sunday.)", "Come in.", "(Really!)", "Yes."}},
		{"a list", "We have:\n1. Apples\n2. Pears and so on\n- Plums\n* Figs\n", []string{"We have:", "1. Apples", "2. Pears and so on", "Plums", "Figs"}},
		{"a number is not a list", "You are number 12. Please wait.", []string{"You are number 12.", "Please wait."}},
		{"lower case goes on", "The approx. value of etc. and so on. End.", []string{"The approx. value of etc. and so on.", "End."}},
		{"chinese", "您好！我是小李，请问您需要什么帮助？好的。", []string{"您好！", "我是小李，请问您需要什么帮助？", "好的。"}},
		{"chinese clauses", "我们的营业时间是早上九点到晚上六点，周日休息，欢迎光临。", []string{"我们的营业时间是早上九点到晚上六点，", "周日休息，欢迎光临。"}},
		{"japanese", "はい。「わかりました。」少々お待ちください。", []string{"はい。", "「わかりました。」", "少々お待ちください。"}},
		{"mixed", "好的!Ok. 价格是3.5元。", []string{"好的!", "Ok.", "价格是3.5元。"}},
		{"markdown", "# Title\n**Bold** and *soft* `code` ~~gone~~ [our site](https://x.y/z_(1)) <b>now</b>.\n---\n> Quoted.\n```json\nx\n```",
			[]string{"Title", "Bold and soft code gone our site) now.", "Quoted.", "x"}},
		{"emoji", "Great 👍🏽! See you ❤️ 1️⃣.", []string{"Great !", "See you 1."}},
		{"keys of the telephone", "Press * or # now. Then *100# or 5 * 3 and a_b.", []string{"Press * or # now.", "Then *100# or 5 * 3 and a_b."}},
		{"nothing", " \n\n ... \n", nil},
		{"marks without words wait for some", "... Hello.", []string{"... Hello."}},
		{"excited", "What?! Yes!!! Ok.", []string{"What?!", "Yes!!!", "Ok."}},
	} {
		if got := chunk(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestNoLineIsEndless: a text without any border is cut all the same, between
// words where there are some.
func TestNoLineIsEndless(t *testing.T) {
	for _, text := range []string{strings.Repeat("word ", 300), strings.Repeat("字", 500), strings.Repeat("x", 1000)} {
		for _, l := range chunk(text) {
			if n := len([]rune(l)); n > longLine || strings.HasPrefix(l, "ord") {
				t.Errorf("a line of %d characters: %q", n, l)
			}
		}
	}
}

// TestTheFirstLineDoesNotWait: it is given with the first character that
// proves it, and so are the others.
func TestTheFirstLineDoesNotWait(t *testing.T) {
	for _, c := range []struct{ text, after string }{
		{"Certainly, I can help you with that, ", "let"},
		{"Yes. ", "I"},
		{"好的。", "我"},
		{"Of course! ", "W"},
		{"Ja:\n", ""},
	} {
		var k Chunker
		if got := k.Feed(c.text + c.after); len(got) != 1 {
			t.Errorf("%q gives %q", c.text+c.after, got)
		}
	}
}

// letters keeps what has a sound.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if alnum(r) || unicode.IsSymbol(r) {
			return r
		}
		return -1
	}, s)
}

// cut cuts text into pieces anywhere, also within characters.
func cut(t *rapid.T, text string) (pieces []string) {
	for len(text) > 0 {
		n := rapid.IntRange(1, min(len(text), 12)).Draw(t, "piece")
		pieces = append(pieces, text[:n])
		text = text[n:]
	}
	return pieces
}

var bits = rapid.SampledFrom([]string{
	"a", "B", "word", "Dr", "e.g", "p.m", "No", "5", "3.14", " ", " ", " ", ".", ".", "!", "?", ",", ";", ":", "…", "...", "\"", "”", "(", ")",
	"。", "，", "？", "你好", "の", "「", "」", "\n", "- ", "* ", "1. ", "#", "**", "_", "`", "```", "[a](b)", "<br>", "👍", "https://x.y/z", "@", "$1,000.50", "–", "—", "é",
})

// TestPiecesDoNotMatter: however the text comes, the lines are the same, and
// nothing that has a sound is lost, doubled or moved.
func TestPiecesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(bits, 0, 60).Draw(t, "text"), "")
		whole := chunk(text)
		if got := chunk(cut(t, text)...); !slices.Equal(got, whole) {
			t.Fatalf("whole %q\npieces %q", whole, got)
		}
		var p plain
		var left strings.Builder
		for _, r := range text {
			p.feed(r, func(r rune) { left.WriteRune(r) })
		}
		p.flush(func(r rune) { left.WriteRune(r) })
		if got, want := letters(strings.Join(whole, "")), letters(left.String()); got != want {
			t.Fatalf("of %q\nlines have %q\nwant %q", text, got, want)
		}
	})
}

// TestPlainTextStays: text without markup is not changed.
func TestPlainTextStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("abcXYZ019 ,.;:!?'\"()/@$%&=éü你好。，"))).Draw(t, "text")
		if got, want := strings.Join(chunk(text), ""), text; letters(got) != letters(want) {
			t.Fatalf("%q became %q", want, got)
		}
	})
}

func FuzzChunker(f *testing.F) {
	for _, s := range []string{"Hello. You?", "Dr. X, e.g. 3.14 at 5 p.m. Yes", "你好。我是", "**a** [b](c) ```go\nx", "\xff\xfe.", "1. a\n2. b", "- \n# \n*", "<a", "]("} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, text string, size int) {
		size = min(max(size, 1), 64)
		var pieces []string
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		whole, got := chunk(text), chunk(pieces...)
		if !slices.Equal(whole, got) {
			t.Fatalf("whole %q\npieces %q", whole, got)
		}
		for _, l := range whole {
			if l == "" || len([]rune(l)) > longLine+longLine/2 || strings.Contains(l, "\n") {
				t.Fatalf("line %q", l)
			}
		}
	})
}
