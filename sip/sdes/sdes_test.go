package sdes

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"parley/media/rtp"
)

// key is RFC 4568 §6.1's example: 16 bytes of key, 14 of salt.
const key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

var (
	key44 = strings.Repeat("QUJD", 14) + "QUI="
	key46 = strings.Repeat("QUJD", 15) + "QQ=="
	key28 = strings.Repeat("QUJD", 9) + "QQ=="
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		value string
		tag   int
		suite rtp.Suite
		mki   string
		err   error
	}{
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key, 1, rtp.AES128HMAC80, "", nil},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:4", 1, rtp.AES128HMAC80, "\x00\x00\x00\x01", nil},
		{"0 aes_cm_128_hmac_sha1_32 INLINE:" + key + "|1048576 WSH=60", 0, rtp.AES128HMAC32, "", nil},
		{"2 AES_CM_128_HMAC_SHA1_32 inline:" + key + "|300:2 -X=1", 2, rtp.AES128HMAC32, "\x01\x2c", nil},
		{"999999999 AES_256_CM_HMAC_SHA1_80 inline:" + key46, 999999999, rtp.AES256HMAC80, "", nil},
		{"3 AES_CM_256_HMAC_SHA1_32 inline:" + strings.TrimRight(key46, "="), 3, rtp.AES256HMAC32, "", nil},
		{"4 AEAD_AES_128_GCM inline:" + key28, 4, rtp.AES128GCM, "", nil},
		{"5 AEAD_AES_256_GCM inline:" + key44 + "|2^48", 5, rtp.AES256GCM, "", nil},

		{"1 F8_128_HMAC_SHA1_80 inline:" + key, 0, 0, "", ErrUnsupported},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " UNENCRYPTED_SRTP", 0, 0, "", ErrUnsupported},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " KDR=1", 0, 0, "", ErrUnsupported},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " WSH=64 UNAUTHENTICATED_SRTP", 0, 0, "", ErrUnsupported},
		{"1 AES_CM_128_HMAC_SHA1_80 uri:" + key, 0, 0, "", ErrUnsupported},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|1:1;inline:" + key + "|2:1", 0, 0, "", ErrUnsupported},
		{"", 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80", 0, 0, "", ErrMalformed},
		{"-1 AES_CM_128_HMAC_SHA1_80 inline:" + key, 0, 0, "", ErrMalformed},
		{"1000000000 AES_CM_128_HMAC_SHA1_80 inline:" + key, 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key[4:], 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key28, 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:!" + key[1:], 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^49", 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|1:4|2^20", 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|256:1", 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|1:129", 0, 0, "", ErrMalformed},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:1|1", 0, 0, "", ErrMalformed},
	} {
		a, err := Parse(test.value)
		if !errors.Is(err, test.err) || err != nil && strings.Contains(err.Error(), key[8:20]) {
			t.Errorf("%q: %v, want %v and no key", test.value, err, test.err)
		}
		if err != nil {
			continue
		}
		if a.Tag != test.tag || a.Crypto.Suite != test.suite || a.Crypto.MKI != test.mki {
			t.Errorf("%q: tag %d, %s, MKI %q", test.value, a.Tag, a.Crypto.Suite, a.Crypto.MKI)
		}
		if back, err := Parse(a.Line()); err != nil || back != a {
			t.Errorf("%q written and read again: %v, %v", test.value, back, err)
		}
	}
}

func TestExampleOfTheRFC(t *testing.T) {
	a, err := Parse("1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:4")
	if err != nil || a.Crypto.Key != "wDfvg&T+)xG7@fb5" || a.Crypto.Salt != "jU,RaA}\\|p0%*#" {
		t.Errorf("%q %q %v", a.Crypto.Key, a.Crypto.Salt, err)
	}
}

func TestFreshKeysDiffer(t *testing.T) {
	for _, s := range suites {
		a, b := New(1, s.suite), New(1, s.suite)
		if a.Crypto.Key == b.Crypto.Key || a.Crypto.Salt == b.Crypto.Salt {
			t.Errorf("%s: twice the same key", s.name)
		}
		if back, err := Parse(a.Line()); err != nil || back != a {
			t.Errorf("%s: %v, %v", s.name, back, err)
		}
	}
}

func TestChoose(t *testing.T) {
	bad, good := "1 F8_128_HMAC_SHA1_80 inline:"+key, "2 AES_CM_128_HMAC_SHA1_32 inline:"+key
	a, err := Choose([]string{bad, good, "3 AES_CM_128_HMAC_SHA1_80 inline:" + key})
	if err != nil || a.Tag != 2 {
		t.Errorf("%v, %v; want the first that we know", a, err)
	}
	if _, err := Choose([]string{bad}); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "F8") {
		t.Error(err)
	}
	if _, err := Choose(nil); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
}

func TestMatch(t *testing.T) {
	ours := []Attribute{New(1, rtp.AES128HMAC80), New(2, rtp.AES256GCM)}
	theirs := New(2, rtp.AES256GCM)
	got, our, err := Match([]string{theirs.Line()}, ours)
	if err != nil || got != theirs || our != ours[1] {
		t.Errorf("%v, %v, %v", got, our, err)
	}
	if got, _, err := Match([]string{"x", New(7, rtp.AES128HMAC80).Line(), theirs.Line()}, ours); err != nil || got != theirs {
		t.Errorf("of several lines %v, %v", got, err)
	}
	for _, values := range [][]string{
		nil, {"2"},
		{New(3, rtp.AES256GCM).Line()}, {New(1, rtp.AES256GCM).Line()},
	} {
		if _, _, err := Match(values, ours); err == nil {
			t.Errorf("%d lines were taken as an answer", len(values))
		}
	}
}

func TestMask(t *testing.T) {
	text := "INVITE\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:4\r\na=ptime:20\r\n" +
		"a=crypto:2 X inline:abc|1:1;Inline:def|2:1 WSH=1\na=inline:stays\r\na=crypto:3 inline:tail"
	masked := []byte(text)
	Mask(masked)
	want := "INVITE\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("*", len(key)) + "|2^20|1:4\r\na=ptime:20\r\n" +
		"a=crypto:2 X inline:***|1:1;Inline:***|2:1 WSH=1\na=inline:stays\r\na=crypto:3 inline:****"
	if string(masked) != want {
		t.Errorf("%s\nwant\n%s", masked, want)
	}
}

func TestKeysAreNotShown(t *testing.T) {
	a := New(1, rtp.AES128HMAC80)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "crypto", a)
	text := fmt.Sprintf("%v %+v %#v %s %x", a, a, a, &a, []Attribute{a}) + log.String()
	if strings.Contains(text, a.Line()[30:]) || !strings.Contains(text, "1 AES_CM") || strings.Contains(text, fmt.Sprintf("%x", a.Crypto.Key)) {
		t.Error(text)
	}
}

// FuzzParse: what is read can be written and read again, whatever it was, and
// fits its suite; Mask leaves no key behind.
func FuzzParse(f *testing.F) {
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:4")
	f.Add("2 AEAD_AES_256_GCM inline:" + key44 + "|2^48 WSH=64")
	f.Add("3 AES_CM_256_HMAC_SHA1_80 inline:" + key46 + "|18446744073709551616:9 -x")
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|1:1;inline:" + key + "|2:1")
	f.Fuzz(func(t *testing.T, value string) {
		a, err := Parse(value)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("%v is of no kind", err)
			}
			return
		}
		if len(a.Crypto.Key) != a.Crypto.Suite.KeyLen() || len(a.Crypto.Salt) != a.Crypto.Suite.SaltLen() || len(a.Crypto.MKI) > maxMKI {
			t.Fatalf("%v: key %d, salt %d, MKI %d bytes", a, len(a.Crypto.Key), len(a.Crypto.Salt), len(a.Crypto.MKI))
		}
		back, err := Parse(a.Line())
		if err != nil || back != a {
			t.Fatalf("%q reads as %v, %v", a.Line(), back, err)
		}
		line := []byte("a=crypto:" + a.Line())
		Mask(line)
		if _, err := Parse(string(line[len("a=crypto:"):])); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%s still has a key", line)
		}
	})
}
