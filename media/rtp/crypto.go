package rtp

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/pion/srtp/v3"
)

// Suite is a way to protect RTP and RTCP (RFC 3711). The zero Suite is none.
type Suite uint8

const (
	// NoSuite: plain RTP.
	NoSuite Suite = iota
	// AES128HMAC80 is AES in counter mode, tags of 80 bits (RFC 3711).
	AES128HMAC80
	// AES128HMAC32 is the same with tags of 32 bits on RTP.
	AES128HMAC32
	// AES256HMAC80 and AES256HMAC32 have the longer key (RFC 6188).
	AES256HMAC80
	AES256HMAC32
	// AES128GCM and AES256GCM authenticate with the cipher (RFC 7714).
	AES128GCM
	AES256GCM

	suites
)

// suiteTable is indexed by Suite.
var suiteTable = [suites]struct {
	name      string
	profile   srtp.ProtectionProfile
	key, salt int // bytes
}{
	NoSuite:      {"none", 0, 0, 0},
	AES128HMAC80: {"AES-128 with HMAC-SHA1-80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	AES128HMAC32: {"AES-128 with HMAC-SHA1-32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
	AES256HMAC80: {"AES-256 with HMAC-SHA1-80", srtp.ProtectionProfileAes256CmHmacSha1_80, 32, 14},
	AES256HMAC32: {"AES-256 with HMAC-SHA1-32", srtp.ProtectionProfileAes256CmHmacSha1_32, 32, 14},
	AES128GCM:    {"AES-128-GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
	AES256GCM:    {"AES-256-GCM", srtp.ProtectionProfileAeadAes256Gcm, 32, 12},
}

func (s Suite) String() string {
	if s < suites {
		return suiteTable[s].name
	}
	return "unknown suite"
}

// KeyLen is the length of the suite's master key in bytes.
func (s Suite) KeyLen() int { return suiteTable[s].key }

// SaltLen is the length of its master salt in bytes.
func (s Suite) SaltLen() int { return suiteTable[s].salt }

// Crypto protects one direction. It is comparable; the zero value is plain
// RTP. It prints as its suite only, whatever the verb: keys are never logged.
type Crypto struct {
	Suite Suite
	// Key and Salt are the raw master key and salt.
	Key, Salt string `json:"-"`
	// MKI is the master key identifier that follows each packet, mostly none.
	MKI string `json:"-"`
}

// Format implements fmt.Formatter.
func (c Crypto) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.Suite.String()) }

// LogValue implements slog.LogValuer.
func (c Crypto) LogValue() slog.Value { return slog.StringValue(c.Suite.String()) }

// check returns what is wrong with c.
func (c Crypto) check() error {
	if c.Suite >= suites || len(c.Key) != c.Suite.KeyLen() || len(c.Salt) != c.Suite.SaltLen() {
		return fmt.Errorf("rtp: %s with a key of %d and a salt of %d bytes", c.Suite, len(c.Key), len(c.Salt))
	}
	return nil
}
