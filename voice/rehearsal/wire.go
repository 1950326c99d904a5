package rehearsal

import (
	"sync/atomic"

	"parley/media"
	"parley/voice/corpus"
	"parley/voice/score"
)

// wire is the caller of a take, as a media.Stream. What the robot says comes
// back as echo if the take has one. The clock's.
type wire struct {
	take   *corpus.Take
	echo   *corpus.Path
	robot  []int16
	digits []corpus.Digit
	at     atomic.Int64 // samples read
	over   atomic.Bool  // the caller has hung up
}

func newWire(t *corpus.Take) *wire {
	w := &wire{take: t, digits: t.Digits}
	if t.Echo != nil {
		w.echo = t.Echo.Path()
	}
	return w
}

// robotFrom is the position of the robot's first frame: it is heard when the
// caller's first one has been read.
const robotFrom = score.Frame

func (w *wire) position() int64 { return w.at.Load() }

func (w *wire) Rate() int { return score.Rate }

func (w *wire) ReadFrame(pcm []int16) media.Mark {
	at := w.at.Load()
	frame := int(at / score.Frame)
	clear(pcm)
	if frame >= len(w.take.Marks) || w.over.Load() {
		return media.End
	}
	w.at.Add(score.Frame)
	if w.take.Marks[frame] == media.Gap {
		return media.Gap
	}
	copy(pcm, w.take.Caller[at:])
	if w.echo != nil {
		w.echo.Add(pcm, at, w.robot, robotFrom)
	}
	return media.Heard
}

func (w *wire) WriteFrame(pcm []int16) {
	if pcm == nil {
		pcm = silence[:]
	}
	w.robot = append(w.robot, pcm...)
}

var silence [score.Frame]int16

func (w *wire) ReadDigit() (d media.Digit, ok bool) {
	if len(w.digits) == 0 || w.digits[0].At > w.at.Load() {
		return d, false
	}
	d.Tone, w.digits = w.digits[0].Tone, w.digits[1:]
	return d, true
}

func (w *wire) WriteDigit(media.Digit) bool { return false }
