package rtp

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"parley/media"
)

// FuzzPackets gives a session datagrams of the party: each is a length byte
// and that many bytes. A tick passes after each.
func FuzzPackets(f *testing.F) {
	audio := make([]byte, 1+12+160)
	audio[0], audio[1] = 12+160, 0x80
	f.Add(audio)
	f.Add([]byte{16, 0x80, 0x80 | 101, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 5, 0x8a, 3, 32})
	f.Add([]byte{12, 0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}) // padding without any
	f.Add([]byte{16, 0x90, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0xff, 0xff})
	f.Add([]byte{12, 0x8f, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}) // fifteen CSRCs, none there
	f.Add([]byte{13, 0x80, 13, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0x40})
	f.Add(append([]byte{52, 0x81, 200, 0, 12}, make([]byte, 48)...))
	f.Add([]byte{8, 0x81, 203, 0, 1, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		sock := &socket{fd: -1} // reads and writes fail
		s := newSession(sock, Options{}.withDefaults(), func() {})
		from := netip.MustParseAddrPort("192.0.2.1:4000")
		e := Epoch{Remote: from, Codec: media.PCMU, EventType: 101, Send: true, Receive: true}
		if err := s.Bind(e); err != nil {
			t.Fatal(err)
		}
		var pcm [160]int16
		s.ReadFrame(pcm[:])
		taken := uint64(0)
		for len(data) > 0 {
			n := min(int(data[0]), len(data)-1)
			s.take(data[1:1+n], from, 1)
			data = data[1+n:]
			taken++
			switch mark := s.ReadFrame(pcm[:]); mark {
			case media.Heard, media.Concealed, media.Gap:
			default:
				t.Fatalf("a frame is %s", mark)
			}
			for d, ok := s.ReadDigit(); ok; d, ok = s.ReadDigit() {
				if !media.ValidTone(d.Tone) || d.Samples < 0 {
					t.Fatalf("digit %+v", d)
				}
			}
		}
		if got := s.Stats(); got.PacketsIn+got.Malformed+got.ReportsIn < taken || got.Late > taken || got.Duplicates > taken {
			t.Fatalf("%d datagrams gave %+v", taken, got)
		}
	})
}

func TestGarbageIsCounted(t *testing.T) {
	s, p := open(t, nil)
	for _, bad := range [][]byte{
		nil, {0}, []byte("OPTIONS sip:x SIP/2.0\r\n\r\n"),
		append([]byte{0x80, 77}, make([]byte, 100)...),  // unknown payload type
		{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9},         // no payload
		append([]byte{0x80, 0}, make([]byte, 1400)...),  // far too long
		{0x80, 101, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2}, // half an event
	} {
		p.raw(bad)
	}
	read(s)
	if got := s.Stats(); got.Malformed != 7 || got.PacketsIn != 0 {
		t.Errorf("stats %+v, want 7 malformed", got)
	}
	for range 6 {
		p.level(4000, 160)
		read(s)
	}
	if mark, _ := read(s); mark != media.Heard {
		t.Errorf("after garbage the frame is %s", mark)
	}
}

func TestDuplicatesLossAndReorderingAreCounted(t *testing.T) {
	s, p := open(t, nil)
	say := func(n uint16) {
		var b [12 + 160]byte
		b[0] = 0x80
		binary.BigEndian.PutUint16(b[2:], n)
		binary.BigEndian.PutUint32(b[4:], uint32(n)*160)
		p.raw(b[:])
	}
	for _, n := range []uint16{10, 11, 13, 12, 12, 14, 16, 17, 20} {
		say(n)
		read(s)
	}
	got := s.Stats()
	if got.Duplicates != 1 || got.Reordered != 1 || got.Lost != 3 || got.PacketsIn != 9 {
		t.Errorf("stats %+v: want 1 duplicate, 1 reordered, 3 lost of 9", got)
	}
}

func TestSequenceWrapsAndJumps(t *testing.T) {
	var s sequence
	for i := range 200000 {
		if v := s.note(uint16(65000 + i)); v != fresh {
			t.Fatalf("number %d is judged %d", i, v)
		}
	}
	if lost := s.totalLost(); lost != 0 {
		t.Errorf("%d lost over three wraps", lost)
	}
	at := uint16(s.highest) + 20000
	if s.note(at) != ancient || s.note(at+1) != restarted || s.note(at+2) != fresh {
		t.Error("a jump must be believed at its second packet")
	}
}
