package call

import (
	"regexp"
	"strings"
)

// Rewrite changes a number in one of two ways: a number that begins with
// Strip loses that and gets Add before it; one that the regular expression
// Match fits as a whole becomes Replace, in which $1 is the first group. A
// number that does not fit stays as it is.
type Rewrite struct {
	Strip   string `yaml:"strip"`
	Add     string `yaml:"add"`
	Match   string `yaml:"match"`
	Replace string `yaml:"replace"`
}

// Apply returns number rewritten.
func (w Rewrite) Apply(number string) string {
	if w.Match == "" {
		if rest, ok := strings.CutPrefix(number, w.Strip); ok {
			return w.Add + rest
		}
		return number
	}
	re, err := w.compile()
	if err != nil {
		return number
	}
	if m := re.FindStringSubmatchIndex(number); m != nil {
		return string(re.ExpandString(nil, w.Replace, number, m))
	}
	return number
}

func (w Rewrite) compile() (*regexp.Regexp, error) { return regexp.Compile(`^(?:` + w.Match + `)$`) }

func (w Rewrite) validate(report func(key, problem, remedy string)) {
	if _, err := w.compile(); err != nil {
		report(".match", "is not a regular expression", `write for example "0(.*)"`)
	}
	if (w.Match != "" || w.Replace != "") && (w.Strip != "" || w.Add != "") || w.Replace != "" && w.Match == "" {
		report("", "says two ways to rewrite, or half of one", "give strip and add, or match and replace")
	}
}
