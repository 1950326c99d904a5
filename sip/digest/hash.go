package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

const (
	qopAuth = "auth"
	qopInt  = "auth-int"
)

// algorithm is a way to make digests. RFC 8760 §2.3: the strongest first.
type algorithm struct {
	name    string
	new     func() hash.Hash
	session bool // -sess: the first nonces go into the key (RFC 7616 §3.4.2)
}

var algorithms = []algorithm{
	{"SHA-256", sha256.New, false},
	{"SHA-256-sess", sha256.New, true},
	{"SHA-512-256", sha512.New512_256, false},
	{"SHA-512-256-sess", sha512.New512_256, true},
	{"MD5", md5.New, false},
	{"MD5-sess", md5.New, true},
}

// strength is the place of an algorithm in algorithms, -1 if we do not have
// it. None named is MD5.
func strength(name string) int {
	if name == "" {
		name = "MD5"
	}
	for i, a := range algorithms {
		if strings.EqualFold(a.name, name) {
			return i
		}
	}
	return -1
}

func (a algorithm) sum(parts ...string) string {
	h := a.new()
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// response is what c must hold (RFC 7616 §3.4.1). For a -sess algorithm the
// session begins with every nonce.
func (a algorithm) response(c Credentials, password, method string, body []byte) string {
	ha1 := a.sum(c.Username, c.Realm, password)
	if a.session {
		ha1 = a.sum(ha1, c.Nonce, c.CNonce)
	}
	ha2 := a.sum(method, c.URI)
	if c.QOP == qopInt {
		ha2 = a.sum(method, c.URI, a.sum(string(body)))
	}
	if c.QOP == "" {
		return a.sum(ha1, c.Nonce, ha2)
	}
	return a.sum(ha1, c.Nonce, hexCount(c.Count), c.CNonce, c.QOP, ha2)
}

func hexCount(n uint32) string {
	const digits = "0123456789abcdef"
	var b [8]byte
	for i := range b {
		b[7-i] = digits[n>>(4*i)&15]
	}
	return string(b[:])
}
