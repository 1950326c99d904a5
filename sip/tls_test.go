package sip

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/call"
)

// authority issues certificates for a test.
type authority struct {
	t      *testing.T
	dir    string
	file   string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	serial int64
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.file = filepath.Join(a.dir, "ca.pem")
	a.cert, a.key = a.issue("authority", a.file, filepath.Join(a.dir, "ca.key"))
	return a
}

// issue writes a certificate for 127.0.0.1 and its key.
func (a *authority) issue(name, certFile, keyFile string) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: a.cert == nil, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := template, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) files(name string) TLS {
	f := TLS{Certificate: filepath.Join(a.dir, name+".pem"), Key: filepath.Join(a.dir, name+".key")}
	a.issue(name, f.Certificate, f.Key)
	return f
}

// secured listens by TLS, and shows its certificate as a client too.
func (a *authority) secured(name string) Config {
	cfg := testConfig()
	f := a.files(name)
	cfg.Listen = append(cfg.Listen, Listener{Network: "tls", Address: "127.0.0.1:0", TLS: f})
	t := &cfg.Trunks[0]
	t.Host, t.Transport = "127.0.0.1", "tls"
	t.TLS.CA, t.TLS.Certificate, t.TLS.Key = a.file, f.Certificate, f.Key
	return cfg
}

func TestCallOverMutualTLS(t *testing.T) {
	a := newAuthority(t)
	handler, calls := reporting()
	cfg := a.secured("far")
	cfg.Listen[2].TLS.ClientCA = a.file
	far := start(t, cfg, handler)
	near := launch(t, a.secured("near"), answering, portsAt(t, "127.0.0.1"))
	for i := range 2 { // the second one over the connection of the first
		out, err := near.Originate(t.Context(), call.Target{URI: "sip:100@" + far.addr("tls").String(), Caller: "1"})
		if err != nil {
			t.Fatal(err)
		}
		in := next(t, calls)
		for _, c := range []call.Call{in, out} {
			if err := c.Await(t.Context(), call.Answered); err != nil {
				t.Fatal(err)
			}
		}
		ender, other := in, out
		if i == 1 {
			ender, other = out, in
		}
		ender.Hangup(call.System, call.Normal)
		if e := ending(t, other); e.By != call.Customer || e.Cause != call.Normal {
			t.Errorf("ended: %v", e)
		}
	}
	if n := far.Stats().Guard.Connections; n != 1 {
		t.Errorf("%d connections for two calls", n)
	}
}

// A peer that cannot prove who it is gets no call, and the log says why.
func TestTLSRefusals(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	far := start(t, a.secured("far"), answering)
	cfg := a.secured("near")
	cfg.Trunks[0].TLS.CA = other.file
	near := launch(t, cfg, answering, portsAt(t, "127.0.0.1"))
	out, err := near.Originate(t.Context(), call.Target{URI: "sips:100@" + far.addr("tls").String()})
	if err != nil {
		t.Fatal(err)
	}
	if e := ending(t, out); e.Cause != call.NoResponse {
		t.Errorf("ended: %v", e)
	}
	cfg = testConfig()
	cfg.Listen = append(cfg.Listen, Listener{Network: "tls", Address: "127.0.0.1:0", TLS: TLS{Certificate: "/nowhere.pem", Key: "/nowhere.key"}})
	if _, err := New(cfg, Deps{Ports: portsAt(t, "127.0.0.1"), Handler: answering}); err == nil || !strings.Contains(err.Error(), "/nowhere.pem") {
		t.Errorf("missing files: %v", err)
	}
}

func TestCertificateIsRenewed(t *testing.T) {
	a := newAuthority(t)
	cfg := a.secured("far")
	far := start(t, cfg, answering)
	serial := func() int64 {
		c, err := tls.Dial("tcp", far.addr("tls").String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	before := serial()
	f := cfg.Listen[2].TLS
	if err := os.WriteFile(f.Key, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	far.endpoints[2].certificates.looked = time.Time{}
	if serial() != before {
		t.Error("a broken key has replaced a good one")
	}
	a.issue("far", f.Certificate, f.Key)
	soon := time.Now().Add(time.Minute)
	if err := os.Chtimes(f.Certificate, soon, soon); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new certificate", func() bool { return serial() != before })
}

// A handshake that nobody goes on with holds nobody up.
func TestHalfOpenHandshakes(t *testing.T) {
	a := newAuthority(t)
	cfg := a.secured("far")
	cfg.Listen = append(cfg.Listen, Listener{Network: "wss", Address: "127.0.0.1:0", TLS: a.files("ws")})
	far := start(t, cfg, answering)
	for _, network := range []string{"tls", "wss"} {
		for range 20 {
			c, err := net.Dial("tcp", far.addr(network).String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
		}
	}
	near := launch(t, a.secured("near"), answering, portsAt(t, "127.0.0.1"))
	out, err := near.Originate(t.Context(), call.Target{URI: "sip:100@" + far.addr("tls").String()})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	out.Hangup(call.System, call.Normal)
	ending(t, out)
}
