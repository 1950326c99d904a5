package normalise

import (
	"strconv"
	"strings"
)

var (
	small = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens  = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")

	// irregular ordinals; all others add "th".
	ordinals = map[string]string{
		"one": "first", "two": "second", "three": "third", "five": "fifth",
		"eight": "eighth", "nine": "ninth", "twelve": "twelfth",
	}
	currencies = map[string]string{"$": "dollar", "£": "pound", "€": "euro"}
)

// spell reads 7, 9:30, 3.5, 1,250 and 004711 aloud. What is longer than four
// digits, or begins with a zero, is a number on a form: digit by digit.
func spell(s string) []string {
	if hour, minute, ok := strings.Cut(s, ":"); ok {
		return append(spell(hour), minutes(minute)...)
	}
	if whole, part, ok := strings.Cut(s, "."); ok {
		return append(append(spell(whole), "point"), digits(part)...)
	}
	plain := strings.ReplaceAll(s, ",", "")
	n, err := strconv.Atoi(plain)
	if err != nil || n > 999_999_999 || len(plain) > 1 && plain[0] == '0' || len(plain) > 4 && plain == s {
		return digits(plain)
	}
	return cardinal(n)
}

func minutes(s string) []string {
	switch {
	case s == "00":
		return nil
	case len(s) == 2 && s[0] == '0':
		return append([]string{"oh"}, spell(s[1:])...)
	}
	return spell(s)
}

func digits(s string) []string {
	var words []string
	for _, r := range s {
		if r >= '0' && r <= '9' {
			words = append(words, small[r-'0'])
		}
	}
	return words
}

func cardinal(n int) []string {
	switch {
	case n < 20:
		return []string{small[n]}
	case n < 100:
		return join(tens[n/10], n%10)
	case n < 1000:
		return append(append(cardinal(n/100), "hundred"), rest(n%100)...)
	case n < 1_000_000:
		return append(append(cardinal(n/1000), "thousand"), rest(n%1000)...)
	}
	return append(append(cardinal(n/1_000_000), "million"), rest(n%1_000_000)...)
}

func join(word string, n int) []string { return append([]string{word}, rest(n)...) }

func rest(n int) []string {
	if n == 0 {
		return nil
	}
	return cardinal(n)
}

func isOrdinal(suffix string) bool {
	return suffix == "st" || suffix == "nd" || suffix == "rd" || suffix == "th"
}

// ordinal reads 3 as "third".
func ordinal(s string) []string {
	words := spell(s)
	if len(words) == 0 {
		return nil
	}
	last := words[len(words)-1]
	switch {
	case ordinals[last] != "":
		last = ordinals[last]
	case strings.HasSuffix(last, "y"):
		last = strings.TrimSuffix(last, "y") + "ieth"
	default:
		last += "th"
	}
	words[len(words)-1] = last
	return words
}

// money reads 5.20 dollars as "five dollars twenty".
func money(amount, unit string) []string {
	whole, part, _ := strings.Cut(amount, ".")
	words := pieces(whole)
	if whole != "1" {
		unit += "s"
	}
	words = append(words, unit)
	if part != "" && strings.Trim(part, "0") != "" {
		words = append(words, spell(strings.TrimLeft(part, "0"))...)
	}
	return words
}
