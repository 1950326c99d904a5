package digest

import (
	"fmt"
	"slices"
)

// DefaultAlgorithms are those that a server asks for: the best first (RFC
// 8760 §2.4).
func DefaultAlgorithms() []string { return []string{"SHA-256", "MD5"} }

// offerable are those that a server may ask for.
var offerable = []string{"SHA-512-256", "SHA-256", "MD5"}

// ValidateAlgorithms reports what is wrong with a list of a configuration,
// under the key algorithms.
func ValidateAlgorithms(list []string, report func(key, problem, remedy string)) {
	if len(list) == 0 {
		report("algorithms", "is empty", "use [SHA-256, MD5]")
	}
	for i, a := range list {
		if !slices.Contains(offerable, a) {
			report(fmt.Sprintf("algorithms[%d]", i), fmt.Sprintf("%q is not an algorithm of digest", a), "use SHA-256, MD5 or SHA-512-256")
		}
	}
}
