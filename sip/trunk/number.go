package trunk

import (
	"regexp"
	"strconv"
	"strings"
)

// Numbers says how numbers of one kind are rewritten: In, of calls that come
// from the peer; Out, of calls that go to it. The rules are applied one after
// the other.
type Numbers struct {
	In  []Rule `yaml:"in"`
	Out []Rule `yaml:"out"`
}

// Rule rewrites a number in one of three ways.
//
//	strip, add       a number that begins with strip loses that and gets add
//	                 before it; an empty strip fits every number
//	match, replace   a number that the regular expression match fits as a whole
//	                 becomes replace, in which $1 is the first group
//	country          the number becomes E.164 with a plus: country is the
//	                 country code of numbers that have none
type Rule struct {
	Strip   string `yaml:"strip"`
	Add     string `yaml:"add"`
	Match   string `yaml:"match"`
	Replace string `yaml:"replace"`
	Country string `yaml:"country"`
	// National and International are the prefixes that are dialled before a
	// national and an international number.
	National      string `yaml:"national"`
	International string `yaml:"international"`
}

// SetDefaults gives r the prefixes of most countries.
func (r *Rule) SetDefaults() { *r = Rule{National: "0", International: "00"} }

// rewriting is a list of rules, ready to use.
type rewriting []step

type step struct {
	Rule
	match *regexp.Regexp
}

func compile(rules []Rule) (rewriting, error) {
	var w rewriting
	for _, r := range rules {
		s := step{Rule: r}
		if r.Match != "" {
			var err error
			if s.match, err = regexp.Compile(`^(?:` + r.Match + `)$`); err != nil {
				return nil, err
			}
		}
		w = append(w, s)
	}
	return w, nil
}

// apply rewrites number. A name is no number: only strip, add and match
// concern it.
func (w rewriting) apply(number string) string {
	for _, s := range w {
		switch {
		case number == "":
		case s.Country != "":
			number = s.e164(number)
		case s.match != nil:
			if m := s.match.FindStringSubmatchIndex(number); m != nil {
				number = string(s.match.ExpandString(nil, s.Replace, number, m))
			}
		case strings.HasPrefix(number, s.Strip):
			number = s.Add + number[len(s.Strip):]
		}
	}
	return number
}

// shortest is the length of what can be a subscriber's number without its
// area: shorter ones are extensions and service codes, and stay as they are.
const shortest = 7

// e164 gives number its country code and a plus. A number without any prefix
// that begins with the country code and is long enough has it already.
func (r Rule) e164(number string) string {
	plain := Digits(number)
	if strings.HasPrefix(plain, "+") {
		return plain
	}
	if plain == "" || strings.Trim(plain, "0123456789") != "" || len(plain) < shortest {
		return number
	}
	if rest, ok := cutPrefix(plain, r.International); ok {
		return "+" + rest
	}
	if rest, ok := cutPrefix(plain, r.National); ok {
		return "+" + r.Country + rest
	}
	if strings.HasPrefix(plain, r.Country) && len(plain) >= len(r.Country)+9 {
		return "+" + plain
	}
	return "+" + r.Country + plain
}

func cutPrefix(s, prefix string) (string, bool) {
	if prefix == "" {
		return s, false
	}
	return strings.CutPrefix(s, prefix)
}

// Unescape writes characters of a user part that are escaped without need as
// they are: %30 is 0 (RFC 3261 §19.1.4). What has to be escaped stays so.
func Unescape(user string) string {
	if !strings.Contains(user, "%") {
		return user
	}
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		if user[i] == '%' && i+2 < len(user) {
			if c, err := strconv.ParseUint(user[i+1:i+3], 16, 8); err == nil && plainInUser(byte(c)) {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(user[i])
	}
	return b.String()
}

func plainInUser(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("-_.!~*'()+", c) >= 0
}

// Digits is number without the visual separators of RFC 3966 §5.1.1.
func Digits(number string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-.() ", r) {
			return -1
		}
		return r
	}, Unescape(number))
}
