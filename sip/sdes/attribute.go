package sdes

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strconv"
	"strings"

	"parley/media/rtp"
)

var (
	// ErrMalformed: the attribute breaks RFC 4568's grammar.
	ErrMalformed = errors.New("malformed a=crypto")
	// ErrUnsupported: it is well formed, and asks for what we do not do.
	ErrUnsupported = errors.New("unsupported a=crypto")
)

// maxMKI is the longest master key identifier, in bytes (RFC 4568 §9.2).
const maxMKI = 128

// Attribute is one a=crypto line: keys for what its writer sends. It prints
// without its keys; Line gives the text for the wire.
type Attribute struct {
	// Tag tells the lines of one m= section apart, 0 to 999999999.
	Tag int
	// Name is the suite's name as the line wrote it; an answer repeats it.
	Name string
	// Crypto holds suite, key, salt and master key identifier.
	Crypto rtp.Crypto
}

// suites are the names that we know, those that we write first. The last two
// are what drafts called the suites of RFC 6188 and what many still write.
var suites = []struct {
	name  string
	suite rtp.Suite
}{
	{"AES_CM_128_HMAC_SHA1_80", rtp.AES128HMAC80},
	{"AES_CM_128_HMAC_SHA1_32", rtp.AES128HMAC32},
	{"AES_256_CM_HMAC_SHA1_80", rtp.AES256HMAC80},
	{"AES_256_CM_HMAC_SHA1_32", rtp.AES256HMAC32},
	{"AEAD_AES_128_GCM", rtp.AES128GCM},
	{"AEAD_AES_256_GCM", rtp.AES256GCM},
	{"AES_CM_256_HMAC_SHA1_80", rtp.AES256HMAC80},
	{"AES_CM_256_HMAC_SHA1_32", rtp.AES256HMAC32},
}

// Parse reads the value of an a=crypto attribute, what follows the colon.
// Error: ErrMalformed, or ErrUnsupported for a suite, a session parameter or
// several keys that we do not take; another line may do. Errors never show
// keys.
func Parse(value string) (Attribute, error) {
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return Attribute{}, fmt.Errorf("%w: %d fields, want a tag, a suite and a key", ErrMalformed, len(fields))
	}
	a := Attribute{Name: fields[1]}
	var err error
	if a.Tag, err = strconv.Atoi(fields[0]); err != nil || a.Tag < 0 || len(fields[0]) > 9 {
		return Attribute{}, fmt.Errorf("%w: the tag is no number of up to 9 digits", ErrMalformed)
	}
	for _, s := range suites {
		if strings.EqualFold(s.name, a.Name) {
			a.Crypto.Suite = s.suite
		}
	}
	if a.Crypto.Suite == rtp.NoSuite {
		return Attribute{}, fmt.Errorf("%w: suite %.40q", ErrUnsupported, a.Name)
	}
	if err := parameters(fields[3:]); err != nil {
		return Attribute{}, err
	}
	return a, a.readKey(fields[2])
}

// parameters refuses session parameters that change what we do (RFC 4568
// §6.3): those of unknown meaning count too, unless they begin with "-".
func parameters(ps []string) error {
	for _, p := range ps {
		name, _, _ := strings.Cut(p, "=")
		if strings.EqualFold(name, "WSH") || strings.HasPrefix(name, "-") {
			continue // a hint about the replay window; optional extensions
		}
		return fmt.Errorf("%w: session parameter %.40q", ErrUnsupported, name)
	}
	return nil
}

// readKey reads inline:<key and salt>[|lifetime][|MKI:length].
func (a *Attribute) readKey(text string) error {
	method, info, ok := strings.Cut(text, ":")
	if !ok || !strings.EqualFold(method, "inline") {
		return fmt.Errorf("%w: the key is not inline", ErrUnsupported)
	}
	if strings.Contains(info, ";") {
		return fmt.Errorf("%w: several keys", ErrUnsupported)
	}
	parts := strings.Split(info, "|")
	if len(parts) > 3 {
		return fmt.Errorf("%w: more follows the key than lifetime and MKI", ErrMalformed)
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	key, salt := a.Crypto.Suite.KeyLen(), a.Crypto.Suite.SaltLen()
	if err != nil || len(raw) != key+salt {
		return fmt.Errorf("%w: key and salt are not %d bytes in base64", ErrMalformed, key+salt)
	}
	a.Crypto.Key, a.Crypto.Salt = string(raw[:key]), string(raw[key:])
	for i, p := range parts[1:] {
		switch mki, length, isMKI := strings.Cut(p, ":"); {
		case isMKI && i == len(parts)-2:
			if a.Crypto.MKI, err = identifier(mki, length); err != nil {
				return err
			}
		case isMKI || i > 0 || !lifetime(p):
			return fmt.Errorf("%w: lifetime %.20q", ErrMalformed, p)
		}
	}
	return nil
}

// identifier makes the bytes of a master key identifier.
func identifier(value, length string) (string, error) {
	n, err := strconv.Atoi(length)
	v, ok := new(big.Int).SetString(value, 10)
	if err != nil || n < 1 || n > maxMKI || len(value) > 3*maxMKI || !ok || v.Sign() < 0 || v.BitLen() > 8*n {
		return "", fmt.Errorf("%w: MKI %.20q of length %.5q", ErrMalformed, value, length)
	}
	return string(v.FillBytes(make([]byte, n))), nil
}

// lifetime says whether s is a number of packets: decimal or a power of two.
// Its end is not reached in a call: 2^48 packets of SRTP take millennia.
func lifetime(s string) bool {
	exponent, power := strings.CutPrefix(s, "2^")
	n, err := strconv.ParseUint(exponent, 10, 64)
	return err == nil && n > 0 && (!power || n <= 48)
}

// New returns a line with a fresh random key.
func New(tag int, suite rtp.Suite) Attribute {
	a := Attribute{Tag: tag, Crypto: rtp.Crypto{Suite: suite}}
	for _, s := range suites {
		if s.suite == suite {
			a.Name = s.name
			break
		}
	}
	raw := make([]byte, suite.KeyLen()+suite.SaltLen())
	if _, err := rand.Read(raw); err != nil {
		panic("sdes: no randomness: " + err.Error()) // crypto/rand never fails on Linux
	}
	a.Crypto.Key, a.Crypto.Salt = string(raw[:suite.KeyLen()]), string(raw[suite.KeyLen():])
	return a
}

// Line is the attribute's value for the wire. It holds the key.
func (a Attribute) Line() string {
	line := fmt.Sprintf("%d %s inline:%s", a.Tag, a.Name, base64.StdEncoding.EncodeToString([]byte(a.Crypto.Key+a.Crypto.Salt)))
	if mki := a.Crypto.MKI; mki != "" {
		line += fmt.Sprintf("|%d:%d", new(big.Int).SetBytes([]byte(mki)), len(mki))
	}
	return line
}

// Format implements fmt.Formatter: no verb shows the key.
func (a Attribute) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, fmt.Sprintf("%d %s", a.Tag, a.Name))
}

// LogValue implements slog.LogValuer.
func (a Attribute) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(a)) }
