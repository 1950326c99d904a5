package stir

import (
	"fmt"
	"net/url"
	"time"
)

// Config says whom we believe.
type Config struct {
	// Anchors is a PEM file of the authorities that signers' certificates
	// must come from.
	Anchors string `yaml:"anchors"`
	// Freshness is how old a signature may be, and how far a signer's clock
	// may be off.
	Freshness time.Duration `yaml:"freshness"`
	// Deadline is how long a call waits for its verification.
	Deadline time.Duration `yaml:"deadline"`
	// CA is a PEM file of the authorities of the servers that certificates
	// are fetched from; empty: those of the system.
	CA string `yaml:"ca"`
	// Private lets certificates be fetched from private addresses.
	Private bool `yaml:"private"`
}

// Defaults believe nobody yet.
func Defaults() Config { return Config{Freshness: time.Minute, Deadline: 2 * time.Second} }

// Validate reports every problem in c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Freshness < time.Second || c.Freshness > time.Hour {
		report("freshness", fmt.Sprintf("is %v", c.Freshness), "use 1s to 1h; 1m is usual")
	}
	if c.Deadline < 100*time.Millisecond || c.Deadline > 30*time.Second {
		report("deadline", fmt.Sprintf("is %v", c.Deadline), "use 100ms to 30s; callers wait as long")
	}
}

// Signing is how we vouch for the callers of calls that go out.
type Signing struct {
	// Key is a PEM file of a P-256 key; empty: nothing is signed.
	Key string `yaml:"key"`
	// Certificate is the https URL where others find its certificate.
	Certificate string `yaml:"certificate"`
	// Attest is "A", "B" or "C" (RFC 8588 §4).
	Attest string `yaml:"attest"`
}

// Attests is what a Signing says that says nothing else: the caller is known
// to us, his right to the number is not.
const Attests = "B"

// On tells whether calls are to be signed.
func (s Signing) On() bool { return s.Key != "" || s.Certificate != "" }

// Validate reports every problem in s.
func (s Signing) Validate(report func(key, problem, remedy string)) {
	if s.Attest != "A" && s.Attest != "B" && s.Attest != "C" {
		report("attest", fmt.Sprintf("is %q", s.Attest), "use A, B or C")
	}
	if !s.On() {
		return
	}
	if s.Key == "" {
		report("key", "is empty, though a certificate is named", "name the PEM file of its P-256 key")
	}
	if !usable(s.Certificate) {
		report("certificate", fmt.Sprintf("%q is not an https URL", s.Certificate), "write https://cert.example/parley.pem")
	}
}

// usable tells whether a certificate may be fetched from an address.
func usable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}
