package rtp

import (
	"math"
	"testing"

	"parley/media"
)

func TestDigitsInBand(t *testing.T) {
	s, p := open(t, func(e *Epoch) { e.EventType, e.InBand = 0, true })
	for _, d := range []byte("59") {
		if !s.WriteDigit(media.Digit{Tone: d, Samples: 640}) {
			t.Fatal("no digit taken")
		}
	}
	voice := make([]int16, 160)
	for i := range voice {
		voice[i] = 1000
	}
	for range 16 {
		s.WriteFrame(voice)
	}
	heard := p.hear()
	contiguous(t, heard)
	if len(heard) != 16 {
		t.Fatalf("%d packets", len(heard))
	}
	// Four frames of each digit, three of silence after it, then voice.
	var pcm [160]int16
	for i, r := range heard {
		media.PCMU.Decode(pcm[:], r.payload)
		row, column := 0.0, 0.0
		switch {
		case i < 4:
			row, column = 770, 1336
		case i >= 7 && i < 11:
			row, column = 852, 1477
		}
		if row != 0 && (strength(pcm[:], row) < 3000 || strength(pcm[:], column) < 3000) {
			t.Errorf("frame %d: %.0f and %.0f of the digit's two tones", i, strength(pcm[:], row), strength(pcm[:], column))
		}
		if i >= 4 && i < 7 && pcm[80] != 0 || i >= 14 && pcm[80] < 900 {
			t.Errorf("frame %d holds %d", i, pcm[80])
		}
	}
	bind(t, s, Epoch{Remote: p.addr(), Codec: media.PCMU, Send: true, Receive: true})
	s.WriteFrame(nil)
	if s.WriteDigit(media.Digit{Tone: '1'}) {
		t.Error("a digit was taken that cannot be sent")
	}
}

// strength is the amplitude of hz in pcm at 8 kHz.
func strength(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, v := range pcm {
		at := 2 * math.Pi * hz * float64(i) / 8000
		re += float64(v) * math.Cos(at)
		im += float64(v) * math.Sin(at)
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

func TestDigitsInBandDoNotAllocate(t *testing.T) {
	s, _ := open(t, func(e *Epoch) { e.EventType, e.InBand = 0, true })
	s.WriteFrame(nil)
	if n := testing.AllocsPerRun(50, func() {
		s.WriteDigit(media.Digit{Tone: '3'})
		s.WriteFrame(nil)
	}); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

// beside is a Session whose party also sends digits another way.
type beside struct {
	*media.Switch
	digits media.DigitQueue
}

func (b *beside) ReadDigit() (media.Digit, bool) {
	if d, ok := b.Switch.ReadDigit(); ok {
		return d, true
	}
	return b.digits.Pop()
}

func TestRelayCarriesDigitsThatComeAnotherWay(t *testing.T) {
	for name, change := range map[string]func(*Epoch){"as events": nil, "in band": func(e *Epoch) { e.EventType, e.InBand = 0, true }} {
		a, b := newParty(t, change), newParty(t, change)
		s := &beside{Switch: media.NewSwitch(8000)}
		if err := s.Set(a.s); err != nil {
			t.Fatal(err)
		}
		var clock media.Manual
		clock.Add(relayOf(t, s, b.s))
		clock.Step()
		s.digits.Push(media.Digit{Tone: '5', Samples: 800})
		for range 20 {
			a.p.level(0, 160)
			clock.Step()
		}
		heard := b.p.hear()
		contiguous(t, heard)
		events, tones := 0, 0
		var pcm [160]int16
		for _, r := range heard {
			if r.payloadType == 101 {
				events++
			} else if media.PCMU.Decode(pcm[:], r.payload); strength(pcm[:], 770) > 3000 {
				tones++
			}
		}
		if change == nil && (events < 5 || tones > 0) || change != nil && (events > 0 || tones != 5) {
			t.Errorf("%s: %d events and %d frames of tones", name, events, tones)
		}
		if b.s.Stats().Relayed < 8 {
			t.Errorf("%s: %d packets passed on", name, b.s.Stats().Relayed)
		}
	}
}
