// Package shape brings what a voice says into the form that callers get: the
// rate they want, without silence at both ends, in chunks with marks.
package shape

import (
	"fmt"

	"parley/media"
	"parley/speech"
)

const (
	leadMillis  = 20  // silence kept before the first sound
	trailMillis = 100 // and after the last
	loud        = 200 // what is above is sound: -44 dBFS
)

// Shaper makes the Chunks of one utterance. One goroutine uses it.
type Shaper struct {
	text     string
	from, to int
	resample *media.Resampler
	out      func(speech.Chunk) error

	buf     []int16
	held    []int16 // silence that is kept only if a sound follows
	begun   bool    // a sound was there
	dropped int64   // samples that were cut off before it
	given   int64   // samples given to out
	marks   []speech.Mark
	last    speech.Mark // the last one given
}

// New returns a Shaper for a voice that speaks text at from Hz, giving audio at
// to Hz to out.
func New(text string, from, to int, out func(speech.Chunk) error) (*Shaper, error) {
	if to != 8000 && to != 16000 {
		return nil, fmt.Errorf("speak at %d Hz: only 8000 and 16000 are spoken", to)
	}
	r, err := media.NewResampler(from, to)
	if err != nil {
		return nil, fmt.Errorf("speak: %w", err)
	}
	return &Shaper{text: text, from: from, to: to, resample: r, out: out}, nil
}

// Mark says that text[:byte] has been spoken when the voice is at sample (at
// its own rate). Marks come in any order before the audio they lie in, and are
// dropped where they do not rise.
func (s *Shaper) Mark(sample int64, byte int) {
	s.marks = append(s.marks, speech.Mark{Sample: sample * int64(s.to) / int64(s.from), Byte: byte})
}

// Write gives the voice's next samples. It returns out's error.
func (s *Shaper) Write(pcm []int16) error {
	n := s.resample.OutLen(len(pcm))
	if cap(s.buf) < n {
		s.buf = make([]int16, n)
	}
	return s.take(s.buf[:s.resample.Process(s.buf[:n], pcm)])
}

// take holds silence back and lets sound go, with the silence before it.
func (s *Shaper) take(pcm []int16) error {
	sound := 0 // the end of the last sound
	for i, x := range pcm {
		if x > loud || x < -loud {
			if !s.begun {
				s.begin(pcm[:i])
				pcm = pcm[i:]
				return s.take(pcm)
			}
			sound = i + 1
		}
	}
	if !s.begun {
		s.keepLead(pcm)
		return nil
	}
	if sound == 0 {
		s.held = append(s.held, pcm...)
		return nil
	}
	chunk := make([]int16, 0, len(s.held)+sound)
	chunk = append(append(chunk, s.held...), pcm[:sound]...)
	s.held = append(s.held[:0], pcm[sound:]...)
	return s.give(chunk)
}

func (s *Shaper) begin(silence []int16) {
	s.keepLead(silence)
	s.begun = true
}

// keepLead keeps the last milliseconds of the silence before the first sound.
func (s *Shaper) keepLead(silence []int16) {
	s.held = append(s.held, silence...)
	if over := len(s.held) - s.to*leadMillis/1000; over > 0 {
		s.dropped += int64(over)
		s.held = append(s.held[:0], s.held[over:]...)
	}
}

func (s *Shaper) give(pcm []int16) error {
	s.given += int64(len(pcm))
	return s.out(speech.Chunk{PCM: pcm, Marks: s.due()})
}

// due returns the marks that the audio given has reached.
func (s *Shaper) due() (due []speech.Mark) {
	kept := s.marks[:0]
	for _, m := range s.marks {
		m.Sample -= s.dropped
		switch {
		case m.Sample > s.given:
			m.Sample += s.dropped
			kept = append(kept, m)
		case m.Sample > s.last.Sample && m.Byte > s.last.Byte && m.Byte < len(s.text):
			due = append(due, m)
			s.last = m
		}
	}
	s.marks = kept
	return due
}

// Close gives the rest with the mark at the end of the text. Without any sound
// there is no chunk at all.
func (s *Shaper) Close() error {
	// What is still in the resampler.
	if err := s.Write(make([]int16, s.from/200)); err != nil || !s.begun {
		return err
	}
	n := min(len(s.held), s.to*trailMillis/1000)
	s.given += int64(n)
	marks := s.due()
	if len(marks) > 0 && s.last.Sample == s.given {
		marks = marks[:len(marks)-1]
	}
	marks = append(marks, speech.Mark{Sample: s.given, Byte: len(s.text)})
	return s.out(speech.Chunk{PCM: s.held[:n:n], Marks: marks})
}
