package audiosocket

import (
	"net/netip"
	"testing"

	"parley/media"
	"parley/media/rtp"
)

// echo says back what it hears, as the plainest voice side.
type echo struct {
	stream media.Stream
	pcm    []int16
}

func (e *echo) tick() {
	if e.stream.ReadFrame(e.pcm) == media.Gap {
		e.stream.WriteFrame(nil)
		return
	}
	e.stream.WriteFrame(e.pcm)
}

// BenchmarkCallFrame is one tick of one call in its whole way: a caller's RTP
// in, decoded, over AudioSocket to an echoing voice side and all the way back.
// 1 µs per tick is 0.005 % of a core per call.
func BenchmarkCallFrame(b *testing.B) {
	pool, err := rtp.NewPool(netip.MustParseAddr("127.0.0.1"), 40000, 49999)
	if err != nil {
		b.Fatal(err)
	}
	var ends [2]*rtp.Session
	for i := range ends {
		if ends[i], err = pool.Open(rtp.Options{}); err != nil {
			b.Fatal(err)
		}
		defer ends[i].Close()
	}
	caller, door := ends[0], ends[1]
	for i, s := range ends {
		e := rtp.Epoch{Remote: ends[1-i].LocalAddr(), Codec: media.PCMU, EventType: 101, Send: true, Receive: true}
		if err := s.Bind(e); err != nil {
			b.Fatal(err)
		}
	}
	callSide, voiceSide := connected(b)
	pump, err := media.NewPump(door, callSide, nil)
	if err != nil {
		b.Fatal(err)
	}
	voice := echo{stream: voiceSide, pcm: make([]int16, 160)}
	pcm := flat(160, 1000)
	b.ReportAllocs()
	for b.Loop() {
		caller.WriteFrame(pcm)
		pump.Tick(0)
		voice.tick()
		caller.ReadFrame(pcm)
	}
}

// connected returns both ends of a connection, each as a Conn.
func connected(b *testing.B) (callSide, voiceSide *Conn) {
	voiceSide, f := pair(b, VoiceSide, 8000)
	callSide, err := NewConn(f.Conn, CallSide, 8000, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(callSide.Close)
	return callSide, voiceSide
}
