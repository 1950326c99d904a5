package rtp

import (
	"encoding/binary"
	"testing"

	"parley/media"
)

func event(code byte, end bool, duration uint16) []byte {
	p := []byte{code, 10, 0, 0}
	if end {
		p[1] |= eventEnd
	}
	binary.BigEndian.PutUint16(p[2:], duration)
	return p
}

// digits ticks n times and returns the digits that came.
func digits(s *Session, n int) (got []media.Digit) {
	for range n {
		read(s)
		for d, ok := s.ReadDigit(); ok; d, ok = s.ReadDigit() {
			got = append(got, d)
		}
	}
	return got
}

func TestDigitsIn(t *testing.T) {
	type step struct {
		ts      uint32
		payload []byte
	}
	end3 := func(ts uint32, code byte, d uint16) []step {
		return []step{{ts, event(code, true, d)}, {ts, event(code, true, d)}, {ts, event(code, true, d)}}
	}
	join := func(all ...[]step) (joined []step) {
		for _, s := range all {
			joined = append(joined, s...)
		}
		return joined
	}
	for _, c := range []struct {
		name  string
		steps []step
		want  []media.Digit
	}{
		{"repeated ends are one digit", join([]step{{100, event(5, false, 160)}}, end3(100, 5, 800)),
			[]media.Digit{{Tone: '5', Samples: 800}}},
		{"the same key twice", join(end3(100, 5, 800), end3(2000, 5, 400)),
			[]media.Digit{{Tone: '5', Samples: 800}, {Tone: '5', Samples: 400}}},
		{"all ends lost, next digit", join([]step{{100, event(1, false, 160)}, {100, event(1, false, 320)}}, end3(2000, 2, 400)),
			[]media.Digit{{Tone: '1', Samples: 320}, {Tone: '2', Samples: 400}}},
		{"all ends lost, nothing follows", []step{{100, event(11, false, 480)}},
			[]media.Digit{{Tone: '#', Samples: 480}}},
		{"updates out of order", join([]step{{100, event(7, false, 480)}, {100, event(7, false, 320)}}, end3(100, 7, 640)),
			[]media.Digit{{Tone: '7', Samples: 640}}},
		{"an old end after the next digit has begun", join([]step{{100, event(1, true, 400)}, {2000, event(2, false, 160)}, {100, event(1, true, 400)}}, end3(2000, 2, 400)),
			[]media.Digit{{Tone: '1', Samples: 400}, {Tone: '2', Samples: 400}}},
		{"a long one in segments", join([]step{{100, event(3, false, 65400)}, {100 + 65535, event(3, false, 160)}}, end3(100+65535, 3, 1000)),
			[]media.Digit{{Tone: '3', Samples: 65535 + 1000}}},
		{"only the end arrives", []step{{100, event(15, true, 640)}},
			[]media.Digit{{Tone: 'D', Samples: 640}}},
		{"a flash is no digit", []step{{100, event(16, true, 640)}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, p := open(t, nil)
			for _, step := range c.steps {
				p.packet(101, false, step.ts, step.payload)
			}
			got := digits(s, 2*eventTimeout)
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("digit %d is %v, want %v", i, got[i], c.want[i])
				}
			}
			if n := s.Stats().DigitsIn; n != uint64(len(c.want)) {
				t.Errorf("%d digits counted, want %d", n, len(c.want))
			}
		})
	}
}

func TestDigitAt48kHzClock(t *testing.T) {
	s, p := open(t, func(e *Epoch) { e.EventClock = 48000 })
	p.packet(101, true, 100, event(9, true, 4800))
	if got := digits(s, 2); len(got) != 1 || got[0] != (media.Digit{Tone: '9', Samples: 800}) {
		t.Errorf("got %v, want 9 of 800 samples", got)
	}
}

func TestUnreadDigitsAreBounded(t *testing.T) {
	s, p := open(t, nil)
	for range 40 {
		p.press('1')
		read(s)
	}
	if got := s.Stats(); got.DigitsIn != 40 || got.DigitsLost != 8 {
		t.Errorf("%d digits, %d lost; want 40 and 8", got.DigitsIn, got.DigitsLost)
	}
}

func TestDigitsInAreGapsAndNotLoss(t *testing.T) {
	s, p := open(t, nil)
	for range 5 {
		p.level(4000, 160)
		read(s)
	}
	start := p.ts
	for i := range 9 { // audio stops while the digit lasts
		p.packet(101, i == 0, start, event(5, i >= 6, uint16(min(i+1, 7)*160)))
		read(s)
	}
	p.ts += 9 * 160
	for range 5 {
		p.level(4000, 160)
		read(s)
	}
	if got := s.Stats(); got.Lost != 0 || got.Concealed != 0 || got.Gaps == 0 {
		t.Errorf("stats %+v: want no loss and no concealment, but gaps", got)
	}
	if mark, v := read(s); mark != media.Heard || v < 3900 {
		t.Errorf("after the digit the frame is %s, %d", mark, v)
	}
}

func TestComfortNoiseIsAGap(t *testing.T) {
	s, p := open(t, nil)
	for range 5 {
		p.level(4000, 160)
		read(s)
	}
	p.packet(comfortNoise, false, p.ts, []byte{0x40})
	for range 3 {
		read(s)
	}
	if mark, _ := read(s); mark != media.Gap {
		t.Errorf("a frame of comfort noise is %s", mark)
	}
	if got := s.Stats(); got.Concealed != 0 || got.Malformed != 0 || got.PacketsIn != 6 {
		t.Errorf("stats %+v: want six packets and no concealment", got)
	}
}

func TestDigitsOut(t *testing.T) {
	s, p := open(t, nil)
	s.WriteFrame(make([]int16, 160))
	for _, d := range []media.Digit{{Tone: '7'}, {Tone: 'D', Samples: 960}} {
		if !s.WriteDigit(d) {
			t.Fatalf("digit %c refused", d.Tone)
		}
	}
	const ticks = 24
	for range ticks - 1 {
		s.WriteFrame(make([]int16, 160))
	}
	all := p.hear()
	if len(all) != ticks {
		t.Fatalf("%d packets in %d ticks", len(all), ticks)
	}
	want := []struct {
		code    byte
		lengths []uint16 // 100 ms of digit, then the end twice more
		at      int
	}{
		{7, []uint16{160, 320, 480, 640, 800, 800, 800}, 1},
		{15, []uint16{160, 320, 480, 640, 800, 960, 960, 960}, 10},
	}
	isEvent := make(map[int]bool)
	for _, w := range want {
		for i, length := range w.lengths {
			r := all[w.at+i]
			isEvent[w.at+i] = true
			if r.payloadType != 101 || r.payload[0] != w.code {
				t.Fatalf("packet %d: type %d, want the event %d", w.at+i, r.payloadType, w.code)
			}
			if r.marker != (i == 0) {
				t.Errorf("packet %d of the event: marker %v", i, r.marker)
			}
			if r.ts != all[0].ts+uint32(160*w.at) {
				t.Errorf("packet %d of the event: timestamp +%d, want that of its beginning", i, r.ts-all[0].ts)
			}
			if got := binary.BigEndian.Uint16(r.payload[2:]); got != length {
				t.Errorf("packet %d of the event: duration %d, want %d", i, got, length)
			}
			if end := r.payload[1]&eventEnd != 0; end != (i >= len(w.lengths)-endPackets) {
				t.Errorf("packet %d of the event: end %v", i, end)
			}
		}
	}
	for i, r := range all {
		if r.seq != all[0].seq+uint16(i) {
			t.Errorf("packet %d: sequence +%d", i, r.seq-all[0].seq)
		}
		if !isEvent[i] && (r.payloadType != 0 || r.ts != all[0].ts+uint32(160*i)) {
			t.Errorf("packet %d: type %d timestamp +%d, want audio at +%d", i, r.payloadType, r.ts-all[0].ts, 160*i)
		}
	}
}

func TestDigitsOutAreBounded(t *testing.T) {
	s, _ := open(t, nil)
	taken := 0
	for range 100 {
		if s.WriteDigit(media.Digit{Tone: '1'}) {
			taken++
		}
	}
	if taken != media.DigitQueueSize {
		t.Errorf("%d digits taken, want %d", taken, media.DigitQueueSize)
	}
}

func TestDigitsNeedTelephoneEvent(t *testing.T) {
	s, _ := open(t, func(e *Epoch) { e.EventType = 0 })
	if s.WriteDigit(media.Digit{Tone: '1'}) {
		t.Error("a digit was taken without telephone-event")
	}
}

// A digit crosses from one session to the other with its length.
func TestDigitsRoundTrip(t *testing.T) {
	s, _ := open(t, nil)
	r, _ := open(t, nil)
	e := Epoch{Codec: media.PCMA, PayloadType: 8, EventType: 96, Send: true, Receive: true}
	e.Remote = r.LocalAddr()
	bind(t, s, e)
	e.Remote = s.LocalAddr()
	bind(t, r, e)
	const dialled = "19*#AD"
	for i := range len(dialled) {
		if !s.WriteDigit(media.Digit{Tone: dialled[i], Samples: 1600}) {
			t.Fatal("refused")
		}
	}
	var got []byte
	for range 150 {
		s.WriteFrame(nil)
		for _, d := range digits(r, 1) {
			got = append(got, d.Tone)
			if d.Samples != 1600 {
				t.Errorf("%c lasts %d samples, want 1600", d.Tone, d.Samples)
			}
		}
	}
	if string(got) != dialled {
		t.Errorf("got %q, want %q", got, dialled)
	}
}
