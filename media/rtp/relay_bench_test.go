package rtp

import (
	"testing"
	"time"

	"parley/media"
)

func TestRelayDoesNotAllocate(t *testing.T) {
	for name, codec := range map[string]media.Codec{"passing": media.PCMU, "decoding": media.PCMA} {
		a, b, _ := bridged(t, nil, func(e *Epoch) { e.Codec, e.PayloadType = codec, codec.PayloadType() })
		sw := media.NewSwitch(8000)
		if err := sw.Set(a.s); err != nil {
			t.Fatal(err)
		}
		relay := relayOf(t, media.NewTap(sw), b.s)
		pcm := make([]int16, 160)
		if n := testing.AllocsPerRun(100, func() {
			a.p.say(pcm)
			relay.Tick(0)
		}); n != 0 {
			t.Errorf("%s: %v allocations per tick", name, n)
		}
	}
}

// BenchmarkRelay is a tick of a bridged call, both parties speaking; what the
// callers cost is not counted.
func BenchmarkRelay(b *testing.B) {
	for _, way := range []struct {
		name  string
		codec media.Codec
		suite Suite
	}{
		{"passing", media.PCMU, NoSuite},
		{"passing-SRTP-to-RTP", media.PCMU, AES128HMAC80},
		{"decoding", media.PCMA, NoSuite},
		{"decoding-SRTP-to-RTP", media.PCMA, AES128HMAC80},
	} {
		b.Run(way.name, func(b *testing.B) {
			var parties [2]*Session
			var peers [2]*peer
			pool, err := NewPool(loopback, 20000, 29999)
			if err != nil {
				b.Fatal(err)
			}
			for i := range parties {
				if parties[i], err = pool.Open(Options{}); err != nil {
					b.Fatal(err)
				}
				defer parties[i].Close()
				peers[i] = newPeer(b, parties[i])
				e := Epoch{Remote: peers[i].addr(), Codec: media.PCMU, Send: true, Receive: true}
				if i == 1 {
					e.Codec, e.PayloadType = way.codec, way.codec.PayloadType()
				} else if way.suite != NoSuite {
					e.SendCrypto, e.ReceiveCrypto = cryptoOf(way.suite, 0), cryptoOf(way.suite, 1)
					peers[i].send, _ = newGuard(e.ReceiveCrypto)
				}
				bind(b, parties[i], e)
			}
			relay, err := NewRelay(parties[0], parties[1])
			if err != nil {
				b.Fatal(err)
			}
			payload := make([]byte, 160)
			b.ReportAllocs()
			var spent time.Duration
			for b.Loop() {
				for i, p := range peers {
					p.packet(parties[i].epoch.PayloadType, false, p.ts, payload)
					p.ts += 160
				}
				start := time.Now()
				relay.Tick(0)
				spent += time.Since(start)
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns/tick")
		})
	}
}
