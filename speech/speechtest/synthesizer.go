package speechtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"parley/speech"
)

// SynthesizerCase is a synthesizer under test and what it is to say.
type SynthesizerCase struct {
	Synthesizer speech.Synthesizer
	Text        string // a second of speech or more
	Language    string
	Long        string // half a minute of speech or more
	Foreign     string // a language that it does not speak; "" if none
}

// Synthesizer is the conformance suite of speech.Synthesizer.
func Synthesizer(t *testing.T, c SynthesizerCase) {
	u := speech.Utterance{Text: c.Text, Language: c.Language, Rate: 8000}
	t.Run("audio and marks", func(t *testing.T) {
		var lengths []int
		for _, rate := range []int{8000, 16000} {
			u := u
			u.Rate = rate
			s := Speak(t, c.Synthesizer, u)
			CheckMarks(t, u.Text, s)
			if len(s.PCM) < rate/2 {
				t.Fatalf("%d samples at %d Hz are no speech", len(s.PCM), rate)
			}
			if quiet(s.PCM) {
				t.Error("the audio is silent")
			}
			lengths = append(lengths, len(s.PCM)*8000/rate)
		}
		if d := lengths[0] - lengths[1]; d > 800 || d < -800 {
			t.Errorf("the same text lasts %v samples of 8 kHz at 8 and 16 kHz", lengths)
		}
	})
	t.Run("speed", func(t *testing.T) {
		fast := u
		fast.Speed = 1.5
		slow, quick := len(Speak(t, c.Synthesizer, u).PCM), len(Speak(t, c.Synthesizer, fast).PCM)
		if part := float64(quick) / float64(slow); part < 0.5 || part > 0.85 {
			t.Errorf("at speed 1.5 it takes %.2f of the time, want about 0.67", part)
		}
	})
	t.Run("chunks are the caller's to keep", func(t *testing.T) {
		var kept []speech.Chunk
		var copies [][]int16
		err := c.Synthesizer.Speak(t.Context(), u, func(ch speech.Chunk) error {
			kept, copies = append(kept, ch), append(copies, slices.Clone(ch.PCM))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range kept {
			if !slices.Equal(kept[i].PCM, copies[i]) {
				t.Fatalf("chunk %d has changed after it was given", i)
			}
		}
	})
	t.Run("the caller's error ends it", func(t *testing.T) {
		enough := errors.New("enough")
		calls := 0
		err := c.Synthesizer.Speak(t.Context(), u, func(speech.Chunk) error { calls++; return enough })
		if !errors.Is(err, enough) || calls != 1 {
			t.Fatalf("Speak gives %v after %d chunks, want the caller's error after one", err, calls)
		}
	})
	t.Run("cancelled in mid-speech", func(t *testing.T) {
		long := u
		long.Text = c.Long
		ctx, cancel := context.WithCancel(t.Context())
		samples := 0
		err := c.Synthesizer.Speak(ctx, long, func(ch speech.Chunk) error {
			samples += len(ch.PCM)
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("Speak gives %v, want context.Canceled", err)
		}
		if samples > 15*u.Rate {
			t.Errorf("%d s came after it was cancelled at once", samples/u.Rate)
		}
		Speak(t, c.Synthesizer, u) // and it speaks again
	})
	t.Run("nothing to say", func(t *testing.T) {
		for _, text := range []string{"", "  ", "…"} {
			u := u
			u.Text = text
			if err := c.Synthesizer.Speak(t.Context(), u, func(speech.Chunk) error { return nil }); err != nil {
				t.Errorf("speaking %q gives %v", text, err)
			}
		}
	})
	if c.Foreign != "" {
		t.Run("a foreign language is refused", func(t *testing.T) {
			u := u
			u.Language = c.Foreign
			if err := c.Synthesizer.Speak(t.Context(), u, func(speech.Chunk) error { return nil }); !errors.Is(err, speech.ErrNoVoice) {
				t.Errorf("Speak gives %v, want ErrNoVoice", err)
			}
		})
	}
	t.Run("an unknown voice is refused", func(t *testing.T) {
		u := u
		u.Voice = "nobody at all"
		if err := c.Synthesizer.Speak(t.Context(), u, func(speech.Chunk) error { return nil }); !errors.Is(err, speech.ErrNoVoice) {
			t.Errorf("Speak gives %v, want ErrNoVoice", err)
		}
	})
}

// Speak returns all of an utterance as one Chunk.
func Speak(t testing.TB, s speech.Synthesizer, u speech.Utterance) speech.Chunk {
	t.Helper()
	var all speech.Chunk
	err := s.Speak(t.Context(), u, func(c speech.Chunk) error {
		all.PCM = append(all.PCM, c.PCM...)
		all.Marks = append(all.Marks, c.Marks...)
		return nil
	})
	if err != nil {
		t.Fatalf("speak %q: %v", u.Text, err)
	}
	return all
}

// CheckMarks fails unless marks rise in both, lie at ends of words and the
// last is at the end of text and audio.
func CheckMarks(t testing.TB, text string, c speech.Chunk) {
	t.Helper()
	if len(c.Marks) == 0 {
		t.Fatal("no marks")
	}
	var last speech.Mark
	for i, m := range c.Marks {
		if i > 0 && (m.Sample <= last.Sample || m.Byte <= last.Byte) {
			t.Fatalf("mark %d %+v does not rise above %+v", i, m, last)
		}
		if m.Byte > len(text) || m.Byte < 1 {
			t.Fatalf("mark %+v lies outside the text", m)
		}
		last = m
	}
	if last.Byte != len(text) || last.Sample != int64(len(c.PCM)) {
		t.Fatalf("last mark %+v, want byte %d and sample %d", last, len(text), len(c.PCM))
	}
}

func quiet(pcm []int16) bool {
	for _, s := range pcm {
		if s > 1000 || s < -1000 {
			return false
		}
	}
	return true
}
