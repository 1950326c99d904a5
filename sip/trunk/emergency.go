package trunk

import "strings"

// DefaultEmergency are the numbers that no machine may dial, where the
// configuration names no others.
func DefaultEmergency() []string {
	return []string{"112", "911", "999", "110", "119", "000"}
}

// Emergency is a list of emergency numbers.
type Emergency []string

// Is tells whether number reaches an emergency service: one of the list,
// also behind a plus, an international prefix with a country code, or the
// digit that gets an outside line.
func (e Emergency) Is(number string) bool {
	number = Digits(number)
	number, _, _ = strings.Cut(number, ";")
	for _, n := range e {
		if n == "" {
			continue
		}
		before, ok := strings.CutSuffix(number, n)
		if !ok {
			continue
		}
		switch {
		case before == "", before == "+", before == "0", before == "9":
			return true
		case strings.HasPrefix(before, "+") && len(before) <= 4, // +49112
			strings.HasPrefix(before, "00") && len(before) <= 5: // 0049112
			return true
		}
	}
	return false
}
