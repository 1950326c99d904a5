package sip

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"

	"parley/media/rtp"
	"parley/sip/sdes"
)

// secured is us with a policy and a keyring.
func secured(policy srtpPolicy) ours {
	u := us("192.0.2.100:6000")
	u.srtp, u.keys = policy, new(keyring)
	return u
}

// audioOffer is an offer of one line with these attributes.
func audioOffer(profile string, attributes ...string) string {
	return head + described(append([]string{"m=audio 4000 " + profile + " 0"}, attributes...)...)
}

func parsed(t *testing.T, body string) *sdp.SessionDescription {
	t.Helper()
	d, err := parseSDP([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOffersByPolicy(t *testing.T) {
	theirs := sdes.New(7, rtp.AES256GCM)
	keyed, foreign, dtls := "a=crypto:"+theirs.Line(), "a=crypto:7 F8_128_HMAC_SHA1_80 inline:QUJD", "a=fingerprint:sha-256 AB"
	for _, test := range []struct {
		offer string
		want  [3]string // off, optional, required: plain, protected or refused
	}{
		{audioOffer("RTP/AVP"), [3]string{"plain", "plain", "refused"}},
		{audioOffer("RTP/AVP", keyed), [3]string{"plain", "protected", "protected"}},
		{audioOffer("RTP/AVP", foreign), [3]string{"plain", "plain", "refused"}},
		{audioOffer("RTP/AVP", foreign, keyed), [3]string{"plain", "protected", "protected"}},
		{audioOffer("RTP/SAVP", keyed), [3]string{"refused", "protected", "protected"}},
		{audioOffer("RTP/SAVPF", keyed), [3]string{"refused", "protected", "protected"}},
		{audioOffer("RTP/SAVP", foreign), [3]string{"refused", "refused", "refused"}},
		{audioOffer("RTP/SAVPF", dtls), [3]string{"refused", "refused", "refused"}},
		{audioOffer("UDP/TLS/RTP/SAVPF", dtls, keyed), [3]string{"refused", "refused", "refused"}},
		{audioOffer("RTP/SAVP", keyed) + "m=audio 4000 RTP/AVP 0\r\n", [3]string{"plain", "protected", "protected"}},
	} {
		for policy, want := range test.want {
			u := secured(srtpPolicy(policy))
			d := parsed(t, test.offer)
			g, err := agree(d, u)
			got := "plain"
			switch {
			case errors.Is(err, errNoMedia):
				got = "refused"
			case err != nil:
				t.Fatal(err)
			case g.epoch.ReceiveCrypto == theirs.Crypto && g.epoch.SendCrypto.Suite == rtp.AES256GCM:
				got = "protected"
			case g.epoch.SendCrypto.Suite != rtp.NoSuite:
				got = "half"
			}
			if got != want {
				t.Errorf("policy %d, %s: %s (%v), want %s", policy, test.offer[len(head):], got, err, want)
			}
			if err != nil {
				continue
			}
			text, err := u.answer(d, g, 1)
			if err != nil || strings.Contains(string(text), "a=crypto:7 AEAD_AES_256_GCM inline:") != (want == "protected") ||
				strings.Contains(string(text), theirs.Line()) {
				t.Errorf("policy %d: the answer is\n%s%v", policy, text, err)
			}
		}
	}
}

func TestAnswerRepeatsTheProfileAndTheName(t *testing.T) {
	line := strings.Replace(sdes.New(3, rtp.AES256HMAC80).Line(), "AES_256_CM", "AES_CM_256", 1)
	u, d := secured(srtpOptional), parsed(t, audioOffer("RTP/SAVPF", "a=crypto:"+line, "a=rtcp-mux"))
	g, err := agree(d, u)
	if err != nil {
		t.Fatal(err)
	}
	text, err := u.answer(d, g, 1)
	if err != nil || !strings.Contains(string(text), "m=audio 6000 RTP/SAVPF 0\r\n") ||
		!strings.Contains(string(text), "a=crypto:3 AES_CM_256_HMAC_SHA1_80 inline:") || !strings.Contains(string(text), "a=rtcp-mux") {
		t.Errorf("%s %v", text, err)
	}
}

// exchange lets one side offer and the other answer, and returns what each
// has agreed on.
func exchangeSDP(t *testing.T, offerer, answerer ours) (offered, answered *agreement, err error) {
	t.Helper()
	text, err := offerer.offer(0, both)
	if err != nil {
		t.Fatal(err)
	}
	d := parsed(t, string(text))
	if answered, err = agree(d, answerer); err != nil {
		return nil, nil, err
	}
	if text, err = answerer.answer(d, answered, 0); err != nil {
		t.Fatal(err)
	}
	offered, err = settle(parsed(t, string(text)), offerer)
	return offered, answered, err
}

func TestBothSidesAreOurs(t *testing.T) {
	for _, test := range []struct {
		offerer, answerer srtpPolicy
		protected, fails  bool
	}{
		{srtpOff, srtpOff, false, false},
		{srtpOff, srtpOptional, false, false},
		{srtpOff, srtpRequired, false, true},
		{srtpOptional, srtpOff, false, false},
		{srtpOptional, srtpOptional, true, false},
		{srtpOptional, srtpRequired, true, false},
		{srtpRequired, srtpOff, false, true},
		{srtpRequired, srtpOptional, true, false},
		{srtpRequired, srtpRequired, true, false},
	} {
		a, b := secured(test.offerer), secured(test.answerer)
		ga, gb, err := exchangeSDP(t, a, b)
		if (err != nil) != test.fails || err != nil && !errors.Is(err, errNoMedia) {
			t.Errorf("%+v: %v", test, err)
		}
		if err != nil {
			continue
		}
		ea, eb := ga.epoch, gb.epoch
		if ea.SendCrypto != eb.ReceiveCrypto || ea.ReceiveCrypto != eb.SendCrypto || (ea.SendCrypto.Suite != rtp.NoSuite) != test.protected {
			t.Errorf("%+v: %v and %v", test, ea, eb)
		}
		// A refresh from either side keeps the keys; the other way round the
		// offers are of the suite in use.
		for range 2 {
			a, b = b, a
			ga, gb, err = exchangeSDP(t, a, b)
			if err != nil {
				t.Fatal(err)
			}
			ea, eb = eb, ea
			if ga.epoch.SendCrypto != ea.SendCrypto || gb.epoch.SendCrypto != eb.SendCrypto {
				t.Errorf("%+v: a refresh has changed keys", test)
			}
		}
	}
}

// TestNewKeysForANewPeer: an offer with another key, as after a transfer
// behind the peer, gets another one of ours.
func TestNewKeysForANewPeer(t *testing.T) {
	u := secured(srtpRequired)
	offer := func(line sdes.Attribute) rtp.Crypto {
		t.Helper()
		g, err := agree(parsed(t, audioOffer("RTP/SAVP", "a=crypto:"+line.Line())), u)
		if err != nil {
			t.Fatal(err)
		}
		return g.epoch.SendCrypto
	}
	first, second := sdes.New(1, rtp.AES128HMAC80), sdes.New(1, rtp.AES128HMAC80)
	a := offer(first)
	if offer(first) != a {
		t.Error("the same offer got another key")
	}
	if offer(second) == a {
		t.Error("a new key got our old one")
	}
}

func TestOurOfferCarriesTheSuites(t *testing.T) {
	for policy, profile := range map[srtpPolicy]string{srtpOff: "RTP/AVP", srtpOptional: "RTP/AVP", srtpRequired: "RTP/SAVP"} {
		u := secured(policy)
		text, err := u.offer(0, both)
		if err != nil || !strings.Contains(string(text), "m=audio 6000 "+profile+" 0 8 101\r\n") {
			t.Errorf("%s %v", text, err)
		}
		again, _ := u.offer(0, both)
		if string(again) != string(text) {
			t.Error("the same offer has other keys")
		}
		if got, want := strings.Count(string(text), "a=crypto:"), map[bool]int{false: 0, true: len(sdes.Offered)}[policy != srtpOff]; got != want {
			t.Errorf("%d lines of keys, want %d", got, want)
		}
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	u := secured(srtpOptional)
	if _, err := u.offer(0, both); err != nil {
		t.Fatal(err)
	}
	for _, attribute := range []string{"a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:QUJD", "a=crypto:" + sdes.New(9, rtp.AES128HMAC80).Line()} {
		if _, err := settle(parsed(t, audioOffer("RTP/AVP", attribute)), u); !errors.Is(err, errNoMedia) {
			t.Errorf("%s: %v", attribute, err)
		}
	}
	if g, err := settle(parsed(t, audioOffer("RTP/AVP")), u); err != nil || g.epoch.SendCrypto.Suite != rtp.NoSuite {
		t.Errorf("an answer in clear to a best effort: %v", err)
	}
}

// TestAnAnswerOfOursMayBeOfferedAgain, to hold or refresh: its line counts
// although we never offered it before.
func TestAnAnswerOfOursMayBeOfferedAgain(t *testing.T) {
	u, theirs := secured(srtpRequired), sdes.New(7, rtp.AES128GCM)
	body := audioOffer("RTP/SAVP", "a=crypto:"+theirs.Line())
	before, err := agree(parsed(t, body), u)
	if err != nil {
		t.Fatal(err)
	}
	after, err := settle(parsed(t, body), u)
	if err != nil || after.epoch.SendCrypto != before.epoch.SendCrypto || after.epoch.ReceiveCrypto != theirs.Crypto {
		t.Errorf("%v", err)
	}
}

func TestControlAddress(t *testing.T) {
	for _, test := range []struct{ attribute, want string }{
		{"a=sendrecv", "192.0.2.1:4001 false"},
		{"a=rtcp:4009", "192.0.2.1:4009 false"},
		{"a=rtcp:4009 IN IP4 192.0.2.7", "192.0.2.7:4009 false"},
		{"a=rtcp:4009 IN IP6 2001:db8::1", "192.0.2.1:4009 false"},
		{"a=rtcp:0", "192.0.2.1:4001 false"},
		{"a=rtcp:x IN", "192.0.2.1:4001 false"},
		{"a=rtcp-mux", "192.0.2.1:4000 true"},
	} {
		g, err := agree(parsed(t, audioOffer("RTP/AVP", test.attribute)), us("192.0.2.100:6000"))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(g.epoch.Control, " ", g.epoch.Mux); got != test.want {
			t.Errorf("%s: %s, want %s", test.attribute, got, test.want)
		}
	}
}

func TestPolicyNames(t *testing.T) {
	for name, want := range map[string]srtpPolicy{"": srtpOff, "off": srtpOff, "optional": srtpOptional, "required": srtpRequired} {
		if got, ok := srtpPolicyOf(name); got != want || !ok {
			t.Errorf("%q is %v", name, got)
		}
	}
	if _, ok := srtpPolicyOf("maybe"); ok {
		t.Error("maybe is a policy")
	}
}
