package stir

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"parley/sip/identity"
)

// header and claims are the parts of a PASSporT, their keys in the order in
// which they are signed (RFC 8225 §9).
type header struct {
	Alg string `json:"alg"`
	Ppt string `json:"ppt,omitempty"`
	Typ string `json:"typ"`
	X5U string `json:"x5u"`
}

type claims struct {
	Attest string `json:"attest,omitempty"`
	Dest   many   `json:"dest"`
	Iat    int64  `json:"iat"`
	Orig   one    `json:"orig"`
	OrigID string `json:"origid,omitempty"`
}

type many struct {
	TN []string `json:"tn"`
}

type one struct {
	TN string `json:"tn"`
}

const typ = "passport"

// part is one part of a PASSporT: JSON without spaces, in base64url.
func part(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // an & of a URL stays one
	_ = e.Encode(v)        // of strings and numbers
	return base64.RawURLEncoding.EncodeToString(bytes.TrimSpace(b.Bytes()))
}

// Signer vouches for callers.
type Signer struct {
	key         *ecdsa.PrivateKey
	certificate string
	attest      string
}

var (
	errNoKey  = errors.New("no P-256 key in it")
	errNumber = errors.New("only numbers can be vouched for")
)

// NewSigner reads the key that s names.
func NewSigner(s Signing) (*Signer, error) {
	text, err := os.ReadFile(s.Key)
	if err != nil {
		return nil, fmt.Errorf("stir: key to sign with: %w", err)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if key := keyOf(block); key != nil {
			return &Signer{key, s.Certificate, s.Attest}, nil
		}
	}
	return nil, fmt.Errorf("stir: key to sign with: %s: %w", s.Key, errNoKey)
}

func keyOf(block *pem.Block) *ecdsa.PrivateKey {
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil
		}
		if key, _ = any.(*ecdsa.PrivateKey); key == nil {
			return nil
		}
	}
	if key.Curve != elliptic.P256() {
		return nil
	}
	return key
}

// Sign returns the Identity header of a call from one number to another.
func (s *Signer) Sign(orig, dest string, now time.Time) (string, error) {
	orig, dest = identity.Canonical(orig), identity.Canonical(dest)
	if !number(orig) || !number(dest) {
		return "", fmt.Errorf("stir: sign a call from %q to %q: %w", orig, dest, errNumber)
	}
	input := part(header{Alg: "ES256", Ppt: shaken, Typ: typ, X5U: s.certificate}) + "." +
		part(claims{Attest: s.attest, Dest: many{[]string{dest}}, Iat: now.Unix(), Orig: one{orig}, OrigID: uuid.NewString()})
	signature, err := s.sign(input)
	if err != nil {
		return "", err
	}
	return input + "." + signature + ";info=<" + s.certificate + ">;alg=ES256;ppt=shaken", nil
}

func (s *Signer) sign(input string) (string, error) {
	hash := sha256.Sum256([]byte(input))
	r, t, err := ecdsa.Sign(rand.Reader, s.key, hash[:])
	if err != nil {
		return "", fmt.Errorf("stir: sign: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	t.FillBytes(signature[32:])
	return base64.RawURLEncoding.EncodeToString(signature), nil
}

// number tells whether s is a number as PASSporTs write it (RFC 8225 §5.2.1).
func number(s string) bool { return s != "" && strings.Trim(s, "0123456789*#") == "" }
