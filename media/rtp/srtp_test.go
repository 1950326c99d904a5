package rtp

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"parley/media"
	"parley/media/streamtest"
)

// cryptoOf returns a key of a suite that is told apart by n.
func cryptoOf(s Suite, n byte) Crypto {
	return Crypto{Suite: s, Key: strings.Repeat(string(rune('A'+n)), s.KeyLen()), Salt: strings.Repeat("s", s.SaltLen())}
}

// guarded binds an Epoch protected by two keys to s and p.
func guarded(t *testing.T, s *Session, p *peer, ours, theirs Crypto) {
	t.Helper()
	bind(t, s, Epoch{Remote: p.addr(), Codec: media.PCMU, EventType: 101, Send: true, Receive: true,
		SendCrypto: ours, ReceiveCrypto: theirs})
	var err error
	if p.send, err = guardFor(p.send, theirs); err != nil {
		t.Fatal(err)
	}
	if p.receive, err = guardFor(p.receive, ours); err != nil {
		t.Fatal(err)
	}
}

// openGuarded returns a session and its peer, protected by a suite.
func openGuarded(t *testing.T, suite Suite) (*Session, *peer) {
	t.Helper()
	s, p := open(t, nil)
	guarded(t, s, p, cryptoOf(suite, 0), cryptoOf(suite, 1))
	return s, p
}

// talk lets both say n frames and returns how many were heard of the peer.
func talk(s *Session, p *peer, n int) (heard int) {
	for range n {
		p.level(4000, 160)
		s.WriteFrame(make([]int16, 160))
		if mark, v := read(s); mark == media.Heard && v > 3900 && v < 4100 {
			heard++
		}
	}
	return heard
}

func TestProtectedSessionIsAStream(t *testing.T) {
	for _, suite := range []Suite{AES128HMAC80, AES256GCM} {
		t.Run(suite.String(), func(t *testing.T) {
			streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
				return subjectOf(t, func(t *testing.T) (*Session, *peer) { return openGuarded(t, suite) })
			})
		})
	}
}

func TestEverySuiteBothWays(t *testing.T) {
	tags := map[Suite]int{AES128HMAC80: 10, AES128HMAC32: 4, AES256HMAC80: 10, AES256HMAC32: 4, AES128GCM: 16, AES256GCM: 16}
	for suite := NoSuite + 1; suite < suites; suite++ {
		s, p := openGuarded(t, suite)
		if heard := talk(s, p, 20); heard < 17 {
			t.Errorf("%s: %d of 20 frames heard", suite, heard)
		}
		got := p.hear()
		if len(got) != 20 || len(got[0].payload) != 160 {
			t.Fatalf("%s: %d packets", suite, len(got))
		}
		for _, b := range got[3].payload {
			if b != 0xff {
				t.Fatalf("%s: the peer hears %x, want µ-law silence", suite, b)
			}
		}
		s.WriteFrame(make([]int16, 160))
		p.receive = nil
		raw := p.hear()[0].payload
		if len(raw) != 160+tags[suite] || bytes.Contains(raw, []byte{0xff, 0xff, 0xff}) {
			t.Errorf("%s: %d bytes on the wire, or they are in clear; want 160 and a tag of %d", suite, len(raw), tags[suite])
		}
	}
}

func TestMasterKeyIdentifierOfThePeer(t *testing.T) {
	s, p := open(t, nil)
	theirs := cryptoOf(AES128HMAC80, 1)
	theirs.MKI = "\x00\x00\x00\x01"
	guarded(t, s, p, cryptoOf(AES128HMAC80, 0), theirs)
	if heard := talk(s, p, 20); heard < 17 {
		t.Errorf("%d of 20 frames heard", heard)
	}
}

// TestForgeriesDoNothing: what is not authentic is counted, not played, and
// does not win the lock.
func TestForgeriesDoNothing(t *testing.T) {
	s, p := openGuarded(t, AES128HMAC80)
	forger := newPeer(t, s)
	forger.ssrc = p.ssrc
	for range 20 {
		forger.level(4000, 160) // in clear
		if mark, _ := read(s); mark != media.Gap {
			t.Fatalf("a forged frame is %s", mark)
		}
	}
	forger.send, _ = newGuard(cryptoOf(AES128HMAC80, 7))
	for range 20 {
		forger.level(4000, 160)
		read(s)
	}
	if source, locked := s.Remote(); locked || source.IsValid() {
		t.Errorf("the forger is the source: %s, %v", source, locked)
	}
	if got := s.Stats(); got.Unauthentic != 40 || got.PacketsIn != 0 {
		t.Errorf("%+v, want 40 not authentic", got)
	}
	if s.Silent() == 0 {
		t.Error("forgeries count as voice")
	}
	if heard := talk(s, p, 20); heard < 17 {
		t.Errorf("afterwards %d of 20 frames heard", heard)
	}
}

func TestReplaysDoNothing(t *testing.T) {
	s, p := openGuarded(t, AES256GCM)
	talk(s, p, 10)
	p.seq, p.ts = p.seq-3, p.ts-480
	old, _ := newGuard(p.send.crypto)
	p.send = old
	for range 3 {
		p.level(4000, 160)
	}
	read(s)
	if got := s.Stats(); got.Unauthentic != 3 || got.PacketsIn != 10 || got.Duplicates != 0 {
		t.Errorf("%+v, want three replays refused", got)
	}
}

// TestRollOver: the peer's sequence number wraps, ours does not in this time;
// a re-INVITE with the same keys keeps both counters.
func TestRollOver(t *testing.T) {
	s, p := openGuarded(t, AES128HMAC80)
	p.seq = 65530
	if heard := talk(s, p, 20); heard < 17 {
		t.Fatalf("over the wrap %d of 20 frames were heard", heard)
	}
	before := p.hear()
	guarded(t, s, p, s.epoch.SendCrypto, s.epoch.ReceiveCrypto)
	if heard := talk(s, p, 20); heard < 19 {
		t.Errorf("after a re-INVITE %d of 20 frames were heard", heard)
	}
	if after := p.hear(); after[0].ssrc != before[0].ssrc || after[0].seq != before[19].seq+1 {
		t.Error("the same key has got another source")
	}
	if n := s.Stats().Unauthentic; n != 0 {
		t.Errorf("%d packets not authentic", n)
	}
}

func TestNewKeysBeginAnew(t *testing.T) {
	s, p := openGuarded(t, AES128HMAC80)
	p.seq = 65530
	talk(s, p, 20)
	before := p.hear()
	p.seq = 10
	guarded(t, s, p, cryptoOf(AES256GCM, 3), cryptoOf(AES256GCM, 4))
	if heard := talk(s, p, 20); heard < 15 {
		t.Errorf("with new keys %d of 20 frames were heard", heard)
	}
	after := p.hear()
	if after[0].ssrc == before[0].ssrc || after[0].seq >= 1<<15 {
		t.Error("a new key needs a new source, far from its wrap")
	}
	if d := after[0].ts - before[19].ts; d != 160 {
		t.Errorf("the time line moved by %d, want 160", d)
	}
	bind(t, s, Epoch{Remote: p.addr(), Codec: media.PCMU, Send: true, Receive: true})
	p.guards = guards{}
	if heard := talk(s, p, 20); heard < 15 {
		t.Errorf("in clear %d of 20 frames were heard", heard)
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	s, _ := open(t, nil)
	good := cryptoOf(AES128HMAC80, 0)
	short := good
	short.Key = short.Key[1:]
	for _, e := range []Epoch{
		{Codec: media.PCMU, SendCrypto: good},
		{Codec: media.PCMU, ReceiveCrypto: good},
		{Codec: media.PCMU, SendCrypto: good, ReceiveCrypto: short},
		{Codec: media.PCMU, SendCrypto: Crypto{Suite: suites}, ReceiveCrypto: good},
	} {
		if s.Bind(e) == nil {
			t.Errorf("%+v was bound", e)
		}
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	e := Epoch{SendCrypto: cryptoOf(AES256GCM, 0)}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "crypto", e.SendCrypto, "list", []any{e.SendCrypto})
	text := fmt.Sprintf("%v %+v %#v %s %q %x %v", e, e, e, e.SendCrypto, e.SendCrypto, e.SendCrypto, &e) + log.String()
	if strings.Contains(text, "AAA") || strings.Contains(text, "4141") || strings.Contains(text, "sss") {
		t.Errorf("the key is shown: %s", text)
	}
}

func BenchmarkProtect(b *testing.B) {
	for suite := NoSuite + 1; suite < suites; suite++ {
		b.Run(strings.ReplaceAll(suite.String(), " ", "-"), func(b *testing.B) {
			send, _ := newGuard(cryptoOf(suite, 0))
			receive, _ := newGuard(cryptoOf(suite, 0))
			var buf [maxDatagram]byte
			buf[0] = 0x80
			var seq uint16
			b.ReportAllocs()
			for b.Loop() { // both ways, as for one packet in and one out
				buf[2], buf[3] = byte(seq>>8), byte(seq)
				seq++
				if receive.open(send.protect(buf[:172])) == nil {
					b.Fatal("not authentic")
				}
			}
		})
	}
}
