package digest

import (
	"testing"
	"time"
)

// What a stranger can make us do: challenges, and the check of credentials
// that are wrong.
func BenchmarkChallenges(b *testing.B) {
	s, now := NewServer("parley", time.Minute, DefaultAlgorithms()), time.Unix(1000, 0)
	b.ReportAllocs()
	for b.Loop() {
		s.Challenges(now, false)
	}
}

func BenchmarkCheckWrong(b *testing.B) {
	s, now := NewServer("parley", time.Minute, DefaultAlgorithms()), time.Unix(1000, 0)
	values := []string{Credentials{Username: "anna", Realm: "parley", Nonce: "x", URI: "sip:h", Response: "00", Algorithm: "SHA-256", QOP: "auth", Count: 1, CNonce: "y"}.String()}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = s.Check(now, "REGISTER", nil, values, users)
	}
}
