package harness

import (
	"math"
	"testing"
	"time"

	"parley/media"
)

// Sound is a recording in two channels.
type Sound struct {
	Rate        int
	Left, Right []int16
}

// Load reads a WAV file; a file with one channel has it on both sides.
func Load(t testing.TB, path string) *Sound {
	t.Helper()
	channels, rate, err := media.ReadWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	return &Sound{Rate: rate, Left: channels[0], Right: channels[len(channels)-1]}
}

// loud is the level above which a frame counts as sound, in dBFS. A telephone
// line without a speaker is far below it.
const loud = -50.0

// Length of the recording.
func (s *Sound) Length() time.Duration {
	return time.Duration(len(s.Left)) * time.Second / time.Duration(s.Rate)
}

// Loud returns how long a channel is loud between two times (milliseconds).
func (s *Sound) Loud(channel []int16, from, to int64) (d time.Duration) {
	n := s.Rate / 50
	begin, end := s.at(channel, from), s.at(channel, to)
	for ; begin+n <= end; begin += n {
		if level(channel[begin:begin+n]) > loud {
			d += media.FrameTime
		}
	}
	return d
}

func (s *Sound) at(channel []int16, ms int64) int {
	return min(max(int(ms)*s.Rate/1000, 0), len(channel))
}

// Span is a stretch of time in milliseconds.
type Span struct{ From, To int64 }

// Stretches cuts a channel into what is spoken, at pauses that are longer
// than pause.
func (s *Sound) Stretches(channel []int16, pause time.Duration) (spans []Span) {
	n := s.Rate / 50
	for i := 0; i+n <= len(channel); i += n {
		if level(channel[i:i+n]) <= loud {
			continue
		}
		from := int64(i) * 1000 / int64(s.Rate)
		if k := len(spans) - 1; k >= 0 && from-spans[k].To <= pause.Milliseconds() {
			spans[k].To = from + 20
		} else {
			spans = append(spans, Span{from, from + 20})
		}
	}
	return spans
}

func level(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(pcm))/(32768*32768)+1e-12)
}
