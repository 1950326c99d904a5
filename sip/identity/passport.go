package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Passport is a signed identity: an Identity header and the PASSporT in it
// (RFC 8224, RFC 8225, RFC 8588).
type Passport struct {
	// Algorithm signs it: "ES256" (alg).
	Algorithm string
	// Extension is the profile, "shaken" or "div" (ppt).
	Extension string
	// Certificate is where the signer's is to be had (x5u).
	Certificate string
	// Attest is "A" (the caller and his right to the number are known), "B"
	// (the caller is) or "C" (only where it came from), if it is shaken.
	Attest string
	// Orig and Dest are numbers or URIs.
	Orig     string
	Dest     []string
	IssuedAt time.Time
	// OrigID is the signer's own name of the origin.
	OrigID string
	// Div is the number that the call was diverted from, if it is div (RFC
	// 8946).
	Div string
	// Info is the certificate's place as the Identity header repeats it.
	Info string
	// Input is what was signed, empty if it is compact; Signature is in
	// base64url.
	Input, Signature string
	// Compact: only the signature came; the claims are those of the request.
	Compact bool
}

var errPassport = errors.New("identity: not a PASSporT")

// ParsePassport reads an Identity header, in full or compact form.
func ParsePassport(s string) (Passport, error) {
	if len(s) > maxHeader {
		return Passport{}, fmt.Errorf("%w: %d bytes", errPassport, len(s))
	}
	jwt, rest, _ := strings.Cut(s, ";")
	parts := strings.Split(strings.TrimSpace(jwt), ".")
	if len(parts) != 3 || parts[2] == "" {
		return Passport{}, fmt.Errorf("%w: want header.claims.signature", errPassport)
	}
	params := parseParams(rest)
	p := Passport{
		Algorithm: params.Get("alg"), Extension: params.Get("ppt"),
		Info: strings.Trim(infoOf(rest), "<>"), Signature: parts[2],
	}
	p.Certificate = p.Info
	if parts[0] == "" && parts[1] == "" {
		p.Compact = true
		return p, nil
	}
	var header struct{ Alg, Ppt, X5u string }
	var claims struct {
		Attest string
		Orig   struct{ TN, URI string }
		Dest   struct{ TN, URI oneOrMany }
		Iat    int64
		OrigID string
		Div    struct{ TN string }
	}
	if err := decode(parts[0], &header); err != nil {
		return Passport{}, fmt.Errorf("%w: header: %w", errPassport, err)
	}
	if err := decode(parts[1], &claims); err != nil {
		return Passport{}, fmt.Errorf("%w: claims: %w", errPassport, err)
	}
	p.Algorithm, p.Extension, p.Certificate = header.Alg, header.Ppt, header.X5u
	p.Attest, p.OrigID, p.Div = claims.Attest, claims.OrigID, claims.Div.TN
	p.Input = parts[0] + "." + parts[1]
	if p.Orig = claims.Orig.TN; p.Orig == "" {
		p.Orig = claims.Orig.URI
	}
	p.Dest = append(claims.Dest.TN, claims.Dest.URI...)
	if claims.Iat > 0 && claims.Iat < 1<<40 {
		p.IssuedAt = time.Unix(claims.Iat, 0).UTC()
	}
	return p, nil
}

// infoOf finds the info parameter, whose value is a URI in angle brackets.
func infoOf(params string) string {
	for _, part := range split(params, ';') {
		if name, value, _ := strings.Cut(part, "="); strings.EqualFold(strings.TrimSpace(name), "info") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func decode(part string, into any) error {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// oneOrMany is a text or a list of texts: both are seen.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*o = make(oneOrMany, 1)
		return json.Unmarshal(data, &(*o)[0])
	}
	return json.Unmarshal(data, (*[]string)(o))
}
