package stir

import (
	"encoding/pem"
	"errors"
	"testing"
	"time"
)

// FuzzChain: whatever a server sends for a certificate, nothing breaks, and
// nothing is believed without an anchor.
func FuzzChain(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 0x82, 0x01, 0x00}}))
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x01})
	v, err := New(Config{}, nil)
	if err != nil {
		f.Fatal(err)
	}
	defer v.Close()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := v.chain(data, time.Now())
		var p *Problem
		if c != nil || !errors.As(err, &p) || p.Status != badCredential {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// FuzzLifetime: no header keeps a certificate for longer than a day.
func FuzzLifetime(f *testing.F) {
	for _, s := range []string{"", "no-store", "max-age=10", "public, max-age=\"99999999999\"", "max-age=-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := lifetime(map[string][]string{"Cache-Control": {s}}); d < 0 || d > keptAtMost {
			t.Errorf("%q: %v", s, d)
		}
	})
}
