package stir

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"time"
)

// tnAuthList is the extension that says for which numbers a certificate
// speaks (RFC 8226 §9).
var tnAuthList = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 26}

// credential is a signer's certificate that we believe.
type credential struct {
	key             *ecdsa.PublicKey
	before, expires time.Time // it counts from, and until
}

// maxChain bounds the certificates that a server may send.
const maxChain = 10

// chain reads the certificates that a server has sent, the signer's first, and
// follows them to an anchor.
func (v *Verifier) chain(data []byte, now time.Time) (*credential, error) {
	var certs []*x509.Certificate
	if !bytes.Contains(data, []byte("-----BEGIN")) { // application/pkix-cert
		data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: data})
	}
	for len(certs) < maxChain {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, problemf(badCredential, "not a certificate: %v", err)
		}
		certs = append(certs, c)
	}
	if len(certs) == 0 {
		return nil, problemf(badCredential, "not a certificate")
	}
	leaf := certs[0]
	key, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, problemf(badCredential, "the certificate's key is not of P-256")
	}
	if !slices.ContainsFunc(leaf.Extensions, func(x pkix.Extension) bool { return x.Id.Equal(tnAuthList) }) {
		return nil, problemf(badCredential, "the certificate speaks for no numbers: it has no TNAuthList")
	}
	// Known here, if not to x509.
	leaf.UnhandledCriticalExtensions = slices.DeleteFunc(leaf.UnhandledCriticalExtensions, tnAuthList.Equal)
	between := x509.NewCertPool()
	for _, c := range certs[1:] {
		between.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{
		Roots: v.anchors, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}); err != nil {
		return nil, problemf(badCredential, "the certificate leads to no trust anchor: %v", err)
	}
	return &credential{key, leaf.NotBefore, leaf.NotAfter}, nil
}
