// Package stirtest has what tests of signed callers need: an authority, its
// certificates, a server that they are fetched from, and PASSporTs of any
// kind.
package stirtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"parley/sip/stir"
)

// Authority issues certificates and serves them over https.
type Authority struct {
	// Anchors is the PEM file of the authority, CA that of the server.
	Anchors, CA string
	// URL is the server's.
	URL string
	// Asked counts requests to the server.
	Asked atomic.Int64

	t    testing.TB
	mux  *http.ServeMux
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// New makes an authority with a server that ends with the test.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, mux: http.NewServeMux(), key: Key(t)}
	root := template("Root")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, root, root, &a.key.PublicKey, a.key)
	a.must(err)
	a.cert, err = x509.ParseCertificate(der)
	a.must(err)
	a.Anchors = a.file("anchors.pem", "CERTIFICATE", der)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Asked.Add(1)
		a.mux.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that tests make fail
	server.StartTLS()
	t.Cleanup(server.Close)
	a.CA, a.URL = a.file("ca.pem", "CERTIFICATE", server.Certificate().Raw), server.URL
	return a
}

// Config believes the authority, and fetches from its server.
func (a *Authority) Config() stir.Config {
	c := stir.Defaults()
	c.Anchors, c.CA, c.Private = a.Anchors, a.CA, true
	c.Deadline = 10 * time.Second
	return c
}

// Page has the server answer at a path, and returns its URL.
func (a *Authority) Page(path string, h http.HandlerFunc) string {
	a.mux.HandleFunc(path, h)
	return a.URL + path
}

// Credential is a certificate that the authority has issued.
type Credential struct {
	URL string
	// KeyFile is the PEM file of its key.
	KeyFile string
	Key     *ecdsa.PrivateKey
	PEM     []byte
}

// tnAuthList speaks for the service provider code "1234" (RFC 8226 §9).
var tnAuthList = pkix.Extension{
	Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 26}, Critical: true,
	Value: []byte{0x30, 0x08, 0xa0, 0x06, 0x16, 0x04, '1', '2', '3', '4'},
}

// Issue makes a certificate, served at a path of its name. change, if not
// nil, makes it another than is good.
func (a *Authority) Issue(name string, change func(*x509.Certificate)) *Credential {
	a.t.Helper()
	leaf := template(name)
	leaf.ExtraExtensions = []pkix.Extension{tnAuthList}
	if change != nil {
		change(leaf)
	}
	c := &Credential{Key: Key(a.t)}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, &c.Key.PublicKey, a.key)
	a.must(err)
	c.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key, err := x509.MarshalECPrivateKey(c.Key)
	a.must(err)
	c.KeyFile = a.file(name+".key", "EC PRIVATE KEY", key)
	c.URL = a.Page("/"+name+".pem", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(c.PEM) })
	return c
}

// Token is an Identity header with these parts, signed by the credential. A
// part that is nil is what it should be, of a call from 12155551212 to
// 12155551213.
func (c *Credential) Token(header, claims map[string]any) string {
	h := map[string]any{"alg": "ES256", "typ": "passport", "ppt": "shaken", "x5u": c.URL}
	p := map[string]any{
		"attest": "A", "dest": map[string]any{"tn": []string{"12155551213"}}, "orig": map[string]any{"tn": "12155551212"},
		"iat": time.Now().Unix(), "origid": "123e4567-e89b-12d3-a456-426655440000",
	}
	over(h, header)
	over(p, claims)
	input := encode(h) + "." + encode(p)
	return fmt.Sprintf("%s.%s;info=<%v>;alg=%v;ppt=%v", input, c.Sign(input), h["x5u"], h["alg"], h["ppt"])
}

// over lays values over others; nil takes one out.
func over(base, values map[string]any) {
	for k, v := range values {
		if base[k] = v; v == nil {
			delete(base, k)
		}
	}
}

// Sign returns the signature of a text in base64url.
func (c *Credential) Sign(input string) string {
	hash := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, c.Key, hash[:])
	if err != nil {
		panic(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return base64.RawURLEncoding.EncodeToString(signature)
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
}

// Key makes a P-256 key.
func Key(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *Authority) file(name, kind string, der []byte) string {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), name)
	a.must(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}

func (a *Authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}
