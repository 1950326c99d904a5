package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"parley/media"
)

func us(addr string) ours {
	return ours{addr: netip.MustParseAddrPort(addr), id: 7, codecs: []media.Codec{media.PCMU, media.PCMA}}
}

func described(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

var head = described("v=0", "o=a 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0")

func TestAgreement(t *testing.T) {
	tests := []struct {
		name, offer string
		want        string // codec, payload type, event type, remote, ptime, direction of ours, flags
		err         error
	}{
		{"static types", head + described("m=audio 4000 RTP/AVP 8 0"), "PCMU 0 0 192.0.2.1:4000 20ms sendrecv send receive", nil},
		{"our order counts", head + described("m=audio 4000 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000"), "PCMU 0 101 192.0.2.1:4000 20ms sendrecv send receive", nil},
		{"dynamic type", head + described("m=audio 4000 RTP/AVP 97 98", "a=rtpmap:97 pcma/8000/1", "a=rtpmap:98 Telephone-Event/8000"), "PCMA 97 98 192.0.2.1:4000 20ms sendrecv send receive", nil},
		{"events at another clock", head + described("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/48000"), "PCMU 0 0 192.0.2.1:4000 20ms sendrecv send receive", nil},
		{"address of the stream", head + described("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.9"), "PCMU 0 0 192.0.2.9:4000 20ms sendrecv send receive", nil},
		{"packets of 30 ms", head + described("m=audio 4000 RTP/AVP 0", "a=ptime:30", "a=rtcp:4001"), "PCMU 0 0 192.0.2.1:4000 30ms sendrecv send receive", nil},
		{"short packets only", head + described("m=audio 4000 RTP/AVP 0", "a=maxptime:10"), "PCMU 0 0 192.0.2.1:4000 10ms sendrecv send receive", nil},
		{"absurd packets", head + described("m=audio 4000 RTP/AVP 0", "a=ptime:nan"), "PCMU 0 0 192.0.2.1:4000 20ms sendrecv send receive", nil},
		{"hold", head + described("m=audio 4000 RTP/AVP 0", "a=sendonly"), "PCMU 0 0 192.0.2.1:4000 20ms recvonly receive", nil},
		{"hold of the session", head + described("a=inactive", "m=audio 4000 RTP/AVP 0"), "PCMU 0 0 192.0.2.1:4000 20ms inactive", nil},
		{"listens only", head + described("m=audio 4000 RTP/AVP 0", "a=recvonly"), "PCMU 0 0 192.0.2.1:4000 20ms sendonly send", nil},
		{"hold of old", head + described("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"), "PCMU 0 0 0.0.0.0:4000 20ms sendrecv receive", nil},
		{"second line", head + described("m=video 4002 RTP/AVP 96", "m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 8"), "PCMA 8 0 192.0.2.1:4000 20ms sendrecv send receive", nil},
		{"stereo", head + described("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000/2"), "", errNoMedia},
		{"encrypted", head + described("m=audio 4000 RTP/SAVP 0"), "", errNoMedia},
		{"encrypted with feedback", head + described("m=audio 4000 RTP/SAVPF 0"), "", errNoMedia},
		{"plain with feedback", head + described("m=audio 4000 RTP/AVPF 0"), "PCMU 0 0 192.0.2.1:4000 20ms sendrecv send receive", nil},
		{"browser", head + described("m=audio 9 UDP/TLS/RTP/SAVPF 0"), "", errNoMedia},
		{"ice only", head + described("m=audio 9 RTP/AVP 0", "c=IN IP4 0.0.0.0", "a=candidate:1 1 udp 1 192.0.2.1 9 typ host"), "", errNoMedia},
		{"port 0", head + described("m=audio 0 RTP/AVP 0"), "", errNoMedia},
		{"no lines", head, "", errNoMedia},
		{"other family", strings.ReplaceAll(head, "IP4 192.0.2.1", "IP6 2001:db8::1") + described("m=audio 4000 RTP/AVP 0"), "", errNoMedia},
		{"named host", strings.ReplaceAll(head, "c=IN IP4 192.0.2.1", "c=IN IP4 media.example.com") + described("m=audio 4000 RTP/AVP 0"), "", errNoMedia},
		{"payload type", head + described("m=audio 4000 RTP/AVP 200"), "", errMalformed},
		{"rtpmap", head + described("m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMU"), "", errMalformed},
		{"no address", strings.ReplaceAll(head, "c=IN IP4 192.0.2.1\r\n", "") + described("m=audio 4000 RTP/AVP 0"), "", errMalformed},
		{"prose", "hello\r\n", "", errMalformed},
	}
	for _, test := range tests {
		got, err := agreed(test.offer, us("192.0.2.100:6000"))
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: %q, %v; want %q, %v", test.name, got, err, test.want, test.err)
		}
	}
}

// agreed describes what agree makes of an SDP body.
func agreed(body string, u ours) (string, error) {
	d, err := parseSDP([]byte(body))
	if err != nil {
		return "", err
	}
	g, err := agree(d, u)
	if err != nil {
		return "", err
	}
	e := g.epoch
	s := fmt.Sprint(e.Codec.Name(), " ", e.PayloadType, " ", e.EventType, " ", e.Remote, " ", e.PTime, " ", g.direction)
	if e.Send {
		s += " send"
	}
	if e.Receive {
		s += " receive"
	}
	return s, nil
}

func TestAnswerMirrorsTheOffer(t *testing.T) {
	offer := head + described("m=video 4002 RTP/AVP 96", "a=rtpmap:96 H264/90000",
		"m=audio 4000 RTP/AVP 18 8 97", "a=rtpmap:97 telephone-event/8000", "a=ptime:40", "a=sendonly",
		"m=audio 4004 RTP/AVP 0")
	u := us("192.0.2.100:6000")
	d, err := parseSDP([]byte(offer))
	if err != nil {
		t.Fatal(err)
	}
	g, err := agree(d, u)
	if err != nil {
		t.Fatal(err)
	}
	got, err := u.answer(d, g, 3)
	want := described("v=0", "o=parley 7 3 IN IP4 192.0.2.100", "s=-", "c=IN IP4 192.0.2.100", "t=0 0",
		"m=video 0 RTP/AVP 96",
		"m=audio 6000 RTP/AVP 8 97", "a=rtpmap:8 PCMA/8000", "a=rtpmap:97 telephone-event/8000", "a=fmtp:97 0-16", "a=ptime:40", "a=recvonly",
		"m=audio 0 RTP/AVP 0")
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestOfferOverIPv6(t *testing.T) {
	got, err := us("[2001:db8::7]:6000").offer(0, both)
	want := described("v=0", "o=parley 7 0 IN IP6 2001:db8::7", "s=-", "c=IN IP6 2001:db8::7", "t=0 0",
		"m=audio 6000 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
		"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv", "a=rtcp-mux")
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	// What we offer we also understand.
	if s, err := agreed(string(got), us("[2001:db8::8]:7000")); s != "PCMU 0 101 [2001:db8::7]:6000 20ms sendrecv send receive" {
		t.Errorf("%q, %v", s, err)
	}
}

func TestDirectionsMirror(t *testing.T) {
	for d, want := range map[direction]direction{inactive: inactive, sends: receives, receives: sends, both: both} {
		if d.reverse() != want {
			t.Errorf("%v mirrors to %v", d, d.reverse())
		}
	}
}

// FuzzSDP: whatever comes, an answer to it has as many m= lines as the offer,
// and we understand it ourselves.
func FuzzSDP(f *testing.F) {
	f.Add(sdpOf(4000))
	f.Add(head + described("m=video 4002 RTP/AVP 96", "m=audio 4000/2 RTP/AVP 18 8 97", "a=rtpmap:97 telephone-event/8000", "a=ptime:40"))
	f.Add(head + described("m=audio 4000 RTP/AVP 0", "c=IN IP4 224.2.1.1/127/3", "a=sendonly"))
	f.Add(head + described("m=audio 4000 RTP/SAVPF 0", "a=crypto:3 AES_CM_256_HMAC_SHA1_80 inline:"+strings.Repeat("QUJD", 15)+"QQ==|2^31|1:1", "a=rtcp:4009 IN IP4 192.0.2.7"))
	f.Add(head + described("m=audio 4000 RTP/AVP 0", "a=crypto:1 F8", "a=rtcp-mux"))
	f.Fuzz(func(t *testing.T, body string) {
		u := us("192.0.2.100:6000")
		u.srtp, u.keys = srtpPolicy(len(body)%3), new(keyring)
		d, err := parseSDP([]byte(body))
		if err != nil {
			return
		}
		g, err := agree(d, u)
		if err != nil {
			if !errors.Is(err, errMalformed) && !errors.Is(err, errNoMedia) {
				t.Fatalf("%v has no status", err)
			}
			return
		}
		text, err := u.answer(d, g, 1)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseSDP(text)
		if err != nil {
			t.Fatalf("our answer cannot be read: %v\n%s", err, text)
		}
		if len(back.MediaDescriptions) != len(d.MediaDescriptions) {
			t.Fatalf("%d m= lines answer %d", len(back.MediaDescriptions), len(d.MediaDescriptions))
		}
		if _, err := audioLine(back, g.line); err != nil {
			t.Fatalf("our own line: %v\n%s", err, text)
		}
	})
}
