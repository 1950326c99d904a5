package rtp

import (
	"net/netip"
	"testing"
	"time"

	"parley/media"
	"parley/media/streamtest"
)

func TestSessionIsAStream(t *testing.T) {
	streamtest.Run(t, subject(func(s *Session) media.Stream { return s }))
}

func TestTapOfASessionIsAStream(t *testing.T) {
	streamtest.Run(t, subject(func(s *Session) media.Stream { return media.NewTap(s) }))
}

func TestSwitchToASessionIsAStream(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		var end func()
		made := subject(func(s *Session) media.Stream {
			sw := media.NewSwitch(s.Rate())
			if err := sw.Set(s); err != nil {
				t.Fatal(err)
			}
			end = sw.Close
			return sw
		})(t)
		made.End = end
		return made
	})
}

// subject makes a Subject of a session, which wrap may put something around.
func subject(wrap func(*Session) media.Stream) streamtest.Factory {
	return func(t *testing.T) *streamtest.Subject {
		var s *Session
		made := subjectOf(t, func(t *testing.T) (_ *Session, p *peer) {
			s, p = open(t, nil)
			return s, p
		})
		made.Stream = wrap(s)
		return made
	}
}

// subjectOf makes a Subject of a session and its peer.
func subjectOf(t *testing.T, open func(*testing.T) (*Session, *peer)) *streamtest.Subject {
	s, p := open(t)
	return &streamtest.Subject{
		Stream: s,
		Say:    p.say,
		Hear: func() (samples int, peak int16) {
			var pcm [960]int16
			for _, r := range p.hear() {
				n := media.PCMU.Decode(pcm[:], r.payload)
				samples += n
				for _, v := range pcm[:n] {
					peak = max(peak, v)
				}
			}
			return samples, peak
		},
		Press: p.press,
		End:   s.Close,
	}
}

func TestSessionOverIPv6(t *testing.T) {
	s, p := openOn(t, netip.MustParseAddr("::1"), Options{}, nil)
	for range 5 {
		p.level(4000, 160)
		s.WriteFrame(make([]int16, 160))
		read(s)
	}
	if got := s.Stats(); got.PacketsIn != 5 || got.PacketsOut != 5 || len(p.hear()) != 5 {
		t.Errorf("stats %+v, want five packets each way", got)
	}
	if source, locked := s.Remote(); source != p.addr() || !locked {
		t.Errorf("remote %s locked %v, want %s", source, locked, p.addr())
	}
}

func TestPacketTimesIn(t *testing.T) {
	for _, size := range []int{80, 160, 240, 320, 400, 480} {
		s, p := open(t, nil)
		heard, sent := 0, 0
		for tick := range 60 {
			for sent < (tick+1)*160 {
				p.level(4000, size)
				sent += size
			}
			if mark, v := read(s); mark == media.Heard {
				heard++
				if v < 3900 || v > 4100 {
					t.Fatalf("packets of %d samples: tick %d holds %d, want 4000", size, tick, v)
				}
			}
		}
		if heard < 57 {
			t.Errorf("packets of %d samples: %d of 60 frames heard", size, heard)
		}
	}
}

func TestPacketTimesOut(t *testing.T) {
	for _, ms := range []int{10, 20, 30, 40, 50, 60} {
		s, p := open(t, func(e *Epoch) { e.PTime = time.Duration(ms) * time.Millisecond })
		for range 30 {
			s.WriteFrame(make([]int16, 160))
		}
		got := p.hear()
		if want := 600 / ms; len(got) != want {
			t.Fatalf("%d packets of %d ms, want %d", len(got), ms, want)
		}
		for i, r := range got {
			if len(r.payload) != 8*ms || r.ts-got[0].ts != uint32(8*ms*i) || r.seq-got[0].seq != uint16(i) || r.marker != (i == 0) {
				t.Fatalf("packet %d of %d ms: %d bytes, timestamp +%d, marker %v", i, ms, len(r.payload), r.ts-got[0].ts, r.marker)
			}
		}
	}
}

func TestHoldSendsNothingAndKeepsTime(t *testing.T) {
	s, p := open(t, nil)
	s.WriteFrame(nil)
	bind(t, s, Epoch{Remote: p.addr(), Codec: media.PCMU})
	for range 10 {
		s.WriteFrame(make([]int16, 160))
		p.level(4000, 160)
		if mark, _ := read(s); mark != media.Gap {
			t.Fatalf("a frame on hold is %s", mark)
		}
	}
	bind(t, s, Epoch{Remote: p.addr(), Codec: media.PCMU, Send: true, Receive: true})
	s.WriteFrame(nil)
	got := p.hear()
	if len(got) != 2 {
		t.Fatalf("%d packets, want one before and one after the hold", len(got))
	}
	if d := got[1].ts - got[0].ts; d != 11*160 || !got[1].marker {
		t.Errorf("after the hold the timestamp is +%d, marker %v; want +1760 and a marker", d, got[1].marker)
	}
	if s.Silent() != 0 {
		t.Errorf("silent for %s although packets came", s.Silent())
	}
}

func TestQuietSendsNothingWithoutVoice(t *testing.T) {
	s, p := openOn(t, loopback, Options{Quiet: true}, nil)
	s.WriteFrame(make([]int16, 160))
	for range 5 {
		s.WriteFrame(nil)
	}
	s.WriteFrame(make([]int16, 160))
	got := p.hear()
	if len(got) != 2 || got[1].ts-got[0].ts != 6*160 || got[1].seq-got[0].seq != 1 || !got[1].marker {
		t.Errorf("got %+v, want two packets 960 apart, the second with a marker", got)
	}
}

func TestSilentCountsTicks(t *testing.T) {
	s, p := open(t, nil)
	p.level(0, 160)
	read(s)
	for range 50 {
		read(s)
	}
	if got := s.Silent(); got != time.Second {
		t.Errorf("silent for %s, want 1s", got)
	}
}

func TestEpochsThatDoNotFit(t *testing.T) {
	s, _ := open(t, nil)
	for name, e := range map[string]Epoch{
		"no codec":   {},
		"odd ptime":  {Codec: media.PCMU, PTime: 15 * time.Millisecond},
		"long ptime": {Codec: media.PCMU, PTime: 80 * time.Millisecond},
		"wrong rate": {Codec: wideband{media.PCMU}},
	} {
		if s.Bind(e) == nil {
			t.Errorf("%s: bound", name)
		}
	}
}

type wideband struct{ media.Codec }

func (wideband) Rate() int { return 16000 }

func BenchmarkRTPFrame(b *testing.B) {
	pool, _ := NewPool(loopback, 20000, 29999)
	left, err := pool.Open(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer left.Close()
	right, err := pool.Open(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer right.Close()
	bind(b, left, Epoch{Remote: right.LocalAddr(), Codec: media.PCMU, Send: true, Receive: true})
	bind(b, right, Epoch{Remote: left.LocalAddr(), Codec: media.PCMU, Send: true, Receive: true})
	pcm := make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() { // one frame out of left's socket and into right's
		left.WriteFrame(pcm)
		right.ReadFrame(pcm)
	}
}
