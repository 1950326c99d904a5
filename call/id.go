package call

import (
	"crypto/rand"
	"fmt"
	"math/big"
)

// ID names a call for ever: a random serial of 19 decimal digits, the first
// of which is not 0 (requirement R1). It fits a signed 64-bit integer.
type ID string

var (
	idFloor = big.NewInt(1_000_000_000_000_000_000)
	idRange = big.NewInt(9_223_372_036_854_775_807 - 1_000_000_000_000_000_000)
)

// NewID returns a fresh ID.
func NewID() ID {
	n, err := rand.Int(rand.Reader, idRange)
	if err != nil {
		panic("call: no randomness: " + err.Error()) // crypto/rand never fails on Linux
	}
	return ID(n.Add(n, idFloor).String())
}

// ParseID reads an ID as a user gives it.
func ParseID(s string) (ID, error) {
	if len(s) != 19 || s[0] == '0' {
		return "", fmt.Errorf("call id %q: want 19 digits, the first not 0", s)
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return "", fmt.Errorf("call id %q: want 19 digits, the first not 0", s)
		}
	}
	return ID(s), nil
}
