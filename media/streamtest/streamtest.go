// Package streamtest states the contract of media.Stream as tests. Every
// implementation passes them.
package streamtest

import (
	"testing"

	"parley/media"
)

// Subject is a fresh Stream and the far end of its wire.
type Subject struct {
	Stream media.Stream
	// Say sends one frame (FrameSize(Rate()) samples) from the far end. It
	// must not allocate.
	Say func(pcm []int16)
	// Hear returns how many samples the far end has received since the last
	// call and the loudest of them.
	Hear func() (samples int, peak int16)
	// Press sends a digit from the far end; nil if the wire has none.
	Press func(tone byte)
	// End ends the Stream, from whichever side the wire knows an end.
	End func()
}

// Factory makes a Subject; it cleans up through t.
type Factory func(t *testing.T) *Subject

// patience is how many ticks a Stream may take to deliver what was sent.
const patience = 50

// Run runs the suite.
func Run(t *testing.T, factory Factory) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *Subject)
	}{
		{"rate is constant and whole", rateIsConstant},
		{"a silent wire gives gaps", silentWireGivesGaps},
		{"voice comes through", voiceComesThrough},
		{"read buffers are not kept", readBuffersAreNotKept},
		{"written frames are heard and not kept", writtenFramesAreNotKept},
		{"nil may be written", nilMayBeWritten},
		{"nothing allocates", nothingAllocates},
		{"digits come in order", digitsComeInOrder},
		{"foreign tones are refused", foreignTonesAreRefused},
		{"the end is final", endIsFinal},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, factory(t)) })
	}
}

// level returns a frame of constant samples.
func level(s *Subject, v int16) []int16 {
	pcm := make([]int16, media.FrameSize(s.Stream.Rate()))
	for i := range pcm {
		pcm[i] = v
	}
	return pcm
}

// tick reads a frame into a spoiled buffer and writes one.
func tick(s *Subject, pcm, say []int16) media.Mark {
	for i := range pcm {
		pcm[i] = 0x5555
	}
	mark := s.Stream.ReadFrame(pcm)
	s.Stream.WriteFrame(say)
	return mark
}

func rateIsConstant(t *testing.T, s *Subject) {
	rate := s.Stream.Rate()
	if rate <= 0 || rate > media.MaxRate || rate%media.FramesPerSecond != 0 {
		t.Fatalf("rate %d: want whole frames of 20 ms and at most %d", rate, media.MaxRate)
	}
	pcm := level(s, 0)
	for range patience {
		s.Say(pcm)
		tick(s, pcm, nil)
	}
	if s.Stream.Rate() != rate {
		t.Errorf("rate changed from %d to %d", rate, s.Stream.Rate())
	}
}

func silentWireGivesGaps(t *testing.T, s *Subject) {
	pcm := level(s, 0)
	for i := range patience {
		if mark := tick(s, pcm, nil); mark != media.Gap {
			t.Fatalf("tick %d without input is %s, want %s", i, mark, media.Gap)
		}
		silent(t, pcm)
	}
}

func silent(t *testing.T, pcm []int16) {
	t.Helper()
	for i, v := range pcm {
		if v != 0 {
			t.Fatalf("sample %d is %d, want silence in the whole frame", i, v)
		}
	}
}

// near allows for the coarsest codec, G.711 at 4 %.
func near(got, want int16) bool {
	d := int(got) - int(want)
	return d*25 <= int(want) && -d*25 <= int(want)
}

func voiceComesThrough(t *testing.T, s *Subject) {
	voice, pcm := level(s, 4000), level(s, 0)
	heard := 0
	for range patience {
		s.Say(voice)
		if tick(s, pcm, nil) != media.Heard {
			continue
		}
		heard++
		if mid := pcm[len(pcm)/2]; !near(mid, 4000) {
			t.Fatalf("a frame marked heard holds %d, want 4000", mid)
		}
	}
	if heard < patience*8/10 {
		t.Errorf("%d of %d frames were heard", heard, patience)
	}
}

func readBuffersAreNotKept(t *testing.T, s *Subject) {
	voice, pcm := level(s, 4000), level(s, 0)
	for range patience {
		s.Say(voice)
		mark := tick(s, pcm, nil)
		for i, v := range pcm {
			if mark == media.Heard && !near(v, 4000) && v != 0 {
				t.Fatalf("sample %d is %d: the buffer of an earlier tick came back", i, v)
			}
		}
	}
}

func writtenFramesAreNotKept(t *testing.T, s *Subject) {
	pcm, samples := level(s, 0), 0
	for range patience {
		s.Stream.ReadFrame(pcm)
		voice := level(s, 4000)
		s.Stream.WriteFrame(voice)
		for i := range voice {
			voice[i] = 0x5555
		}
		n, peak := s.Hear()
		if samples += n; n > 0 && peak > 4400 {
			t.Fatalf("the far end heard %d, want what was written at first", peak)
		}
	}
	if want := patience * len(pcm) * 8 / 10; samples < want {
		t.Errorf("the far end heard %d samples, want at least %d", samples, want)
	}
}

func nilMayBeWritten(t *testing.T, s *Subject) {
	pcm := level(s, 0)
	for range patience {
		tick(s, pcm, nil)
		if _, peak := s.Hear(); peak > 8 {
			t.Fatalf("the far end heard %d, want silence", peak)
		}
	}
}

func nothingAllocates(t *testing.T, s *Subject) {
	voice, pcm := level(s, 4000), level(s, 0)
	for range patience {
		s.Say(voice)
		tick(s, pcm, voice)
	}
	n := testing.AllocsPerRun(patience, func() {
		s.Say(voice)
		s.Stream.ReadFrame(pcm)
		s.Stream.WriteFrame(voice)
		s.Stream.ReadDigit()
		s.Stream.ReadFrame(pcm)
		s.Stream.WriteFrame(nil)
	})
	if n != 0 {
		t.Errorf("%v allocations per two ticks, want none", n)
	}
}

func digitsComeInOrder(t *testing.T, s *Subject) {
	if s.Press == nil {
		t.Skip("this wire has no digits")
	}
	const pressed = "0123456789*#ABCD"
	pcm := level(s, 0)
	var got []byte
	read := func() {
		tick(s, pcm, nil)
		for d, ok := s.Stream.ReadDigit(); ok; d, ok = s.Stream.ReadDigit() {
			got = append(got, d.Tone)
		}
	}
	for i := range len(pressed) {
		s.Press(pressed[i])
		read()
	}
	for range patience {
		read()
	}
	if string(got) != pressed {
		t.Errorf("digits %q, want %q", got, pressed)
	}
}

func foreignTonesAreRefused(t *testing.T, s *Subject) {
	for _, tone := range []byte{0, 'x', 'E', ' ', 0xff} {
		if s.Stream.WriteDigit(media.Digit{Tone: tone}) {
			t.Errorf("WriteDigit took %q", tone)
		}
	}
}

func endIsFinal(t *testing.T, s *Subject) {
	pcm := level(s, 0)
	s.End()
	left := patience
	for s.Stream.ReadFrame(pcm) != media.End {
		if left--; left == 0 {
			t.Fatalf("no end within %d ticks", patience)
		}
	}
	for range patience {
		if mark := tick(s, pcm, level(s, 4000)); mark != media.End {
			t.Fatalf("a frame after the end is %s", mark)
		}
		silent(t, pcm)
		if s.Stream.WriteDigit(media.Digit{Tone: '1'}) {
			t.Fatal("WriteDigit took a digit after the end")
		}
	}
}
