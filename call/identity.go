package call

import "time"

// Identity is what the wire says of who really calls and over which detours.
type Identity struct {
	// Asserted are the identities that the network vouches for
	// (P-Asserted-Identity), if the trunk is trusted; Preferred those that the
	// caller asks for.
	Asserted  []string `json:"asserted,omitempty" doc:"P-Asserted-Identity, of a trusted trunk"`
	Preferred []string `json:"preferred,omitempty" doc:"P-Preferred-Identity"`
	// Privacy is what the caller wants to be hidden, for example "id".
	Privacy []string `json:"privacy,omitempty"`
	// Diversions has the latest stop first, History the first target first.
	Diversions []Diversion    `json:"diversions,omitempty"`
	History    []HistoryEntry `json:"history,omitempty"`
	// Signed are the Identity headers (STIR/SHAKEN).
	Signed []Passport `json:"signed,omitempty"`
	// Verstat is what the verification of the signatures says of the caller's
	// number (3GPP TS 24.229), empty if none was wanted; Attest is the level of
	// the one that passed.
	Verstat string `json:"verstat,omitempty" enum:"TN-Validation-Passed,TN-Validation-Failed,No-TN-Validation"`
	Attest  string `json:"attest,omitempty" enum:"A,B,C"`
}

// Diversion is a stop that the call was sent on from (RFC 5806).
type Diversion struct {
	Number  string `json:"number"`
	Name    string `json:"name,omitempty"`
	Reason  string `json:"reason,omitempty" doc:"for example no-answer or unconditional"`
	Counter int    `json:"counter,omitempty"`
	URI     string `json:"uri"`
}

// HistoryEntry is one target of the call (RFC 7044).
type HistoryEntry struct {
	Index  string `json:"index,omitempty"`
	Number string `json:"number"`
	Cause  int    `json:"cause,omitempty" doc:"SIP status for which the target was left"`
	URI    string `json:"uri"`
}

// Passport is a signed identity (RFC 8224).
type Passport struct {
	Attest      string    `json:"attest,omitempty" enum:"A,B,C"`
	Orig        string    `json:"orig,omitempty"`
	Dest        []string  `json:"dest,omitempty"`
	IssuedAt    time.Time `json:"issued_at,omitzero"`
	OrigID      string    `json:"origid,omitempty"`
	Algorithm   string    `json:"algorithm,omitempty"`
	Certificate string    `json:"certificate,omitempty" doc:"where the signer's certificate is to be had"`
	// Verdict is "verified", or "unverified: " and the reason; where the trunk
	// does not verify, the first claim that does not fit.
	Verdict string `json:"verdict"`
	// Header is the header as it came, to be passed on.
	Header string `json:"header"`
}
