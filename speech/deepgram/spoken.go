package deepgram

import (
	"encoding/binary"

	"parley/speech"
	"parley/speech/shape"
)

const (
	// slowLetter is the time of one letter (shape.Word) in slow speech, by which
	// marks are set while nobody knows how long the audio will be.
	slowLetter = 0.085 // s
	// endlessLetter and endlessBase bound the audio of a text.
	endlessLetter = 0.5 // s
	endlessBase   = 5.0 // s
	loud          = 200 // what is above is sound
)

// spoken makes the chunks of one utterance from the service's bytes.
type spoken struct {
	sh      *shape.Shaper
	words   []shape.Word
	rate    int
	speed   float64
	odd     []byte // half a sample
	got     int64
	begin   int64 // of the first sound, -1 before it
	last    int64 // the end of the last sound
	marked  int   // words that have their mark
	endless bool
}

func newSpoken(u speech.Utterance, out func(speech.Chunk) error) (*spoken, error) {
	sh, err := shape.New(u.Text, u.Rate, u.Rate, out) // the service gives the rate that is wanted
	if err != nil {
		return nil, err
	}
	speed := u.Speed
	if speed == 0 {
		speed = 1
	}
	return &spoken{sh: sh, words: shape.Words(u.Text), rate: u.Rate, speed: min(max(speed, 0.7), 1.5), begin: -1}, nil
}

func (s *spoken) letters() int { return s.words[len(s.words)-1].Weight }

// write takes audio, wherever the border of the message falls.
func (s *spoken) write(b []byte) error {
	if len(s.odd) > 0 {
		b = append(s.odd, b...)
		s.odd = nil
	}
	if len(b)%2 == 1 {
		s.odd = []byte{b[len(b)-1]}
	}
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		if pcm[i] > loud || pcm[i] < -loud {
			s.last = s.got + int64(i) + 1
			if s.begin < 0 {
				s.begin = s.last - 1
			}
		}
	}
	s.got += int64(len(pcm))
	if most := (endlessBase + endlessLetter*float64(s.letters())) * float64(s.rate); float64(s.got) > most {
		s.endless = true
		return speech.Unavailable(speech.ErrBroken, "deepgram: the audio does not end")
	}
	s.mark()
	return s.sh.Write(pcm)
}

// mark sets the marks that even a slow voice has reached.
func (s *spoken) mark() {
	if s.begin < 0 {
		return
	}
	for ; s.marked < len(s.words)-1; s.marked++ {
		w := s.words[s.marked]
		at := s.begin + int64(float64(w.Weight)*slowLetter/s.speed*float64(s.rate))
		if at > s.got {
			return
		}
		s.sh.Mark(at, w.End)
	}
}

// close sets the other marks: the rest of the audio is for the rest of the
// words.
func (s *spoken) close() error {
	if s.begin < 0 {
		return speech.Unavailable(speech.ErrBroken, "deepgram: the audio is silent")
	}
	for ; s.marked < len(s.words); s.marked++ {
		w := s.words[s.marked]
		s.sh.Mark(s.begin+(s.last-s.begin)*int64(w.Weight)/int64(s.letters()), w.End)
	}
	return s.sh.Close()
}
