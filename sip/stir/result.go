package stir

import "fmt"

// What verification may find of a caller's number (3GPP TS 24.229, verstat).
const (
	Passed = "TN-Validation-Passed"
	Failed = "TN-Validation-Failed"
	None   = "No-TN-Validation"
)

// Result is what is known of a call.
type Result struct {
	// Verstat is Passed, Failed or None.
	Verstat string
	// Attest is the level of what passed.
	Attest string
	// Verdicts has one word for each Identity header: "verified", or
	// "unverified: " and the reason.
	Verdicts []string
	// Problem is why the call did not pass, nil if it did.
	Problem *Problem
}

// Problem is why a signature is not believed.
type Problem struct {
	// Status refuses a call that has to be verified, with its reason phrase
	// (RFC 8224 §6.2.2).
	Status int
	Why    string
}

func (p *Problem) Error() string { return p.Why }

// Phrase is the reason phrase of Status.
func (p *Problem) Phrase() string {
	return map[int]string{
		stale: "Stale Date", noIdentity: "Use Identity Header", badInfo: "Bad Identity Info",
		badCredential: "Unsupported Credential", badHeader: "Invalid Identity Header",
	}[p.Status]
}

const (
	stale         = 403
	noIdentity    = 428
	badInfo       = 436
	badCredential = 437
	badHeader     = 438
)

func problemf(status int, format string, args ...any) *Problem {
	return &Problem{status, fmt.Sprintf(format, args...)}
}

// verstat is what a problem means for the number: a certificate that is not
// to be had says nothing about it.
func (p *Problem) verstat() string {
	if p.Status == noIdentity || p.Status == badInfo {
		return None
	}
	return Failed
}
