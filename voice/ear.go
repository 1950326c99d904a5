package voice

import (
	"context"

	"parley/media"
	"parley/speech"
	"parley/voice/turn"
)

// ear feeds the recogniser: it keeps the last audio before an utterance
// begins, so that no first phoneme is lost. The owner's.
type ear struct {
	queue      *queue
	clock      media.Clock
	recognizer speech.Recognizer
	format     speech.Format

	recognition speech.Recognition
	broken      error // why there is no recognition
	open        bool

	past []int16 // a ring of whole frames
	next int     // where the next frame goes
	size int     // samples of a frame
}

// pastFrames is the longest look-back: 1.2 s.
const pastFrames = 60

func newEar(q *queue, clock media.Clock, r speech.Recognizer, f speech.Format) *ear {
	size := media.FrameSize(f.Rate)
	return &ear{queue: q, clock: clock, recognizer: r, format: f, past: make([]int16, pastFrames*size), size: size}
}

// connect opens the recogniser. Without one the conversation goes on: each
// utterance fails, and the machine deals with it.
func (e *ear) connect(ctx context.Context) error {
	e.recognition, e.broken = e.recognizer.Open(ctx, e.format, func(r speech.Result) {
		it := item{
			event: turn.Heard{Utterance: r.Utterance, Text: r.Text, Final: r.Final, Err: r.Err},
			at:    e.clock.Now(),
		}
		if r.Final || r.Err != nil {
			e.queue.push(it) // at most one an utterance, so it is bounded
			return
		}
		e.queue.pushIfRoom(it) // a partial is followed by a better one
	})
	return e.broken
}

// listen takes the next frame of the caller.
func (e *ear) listen(pcm []int16) {
	copy(e.past[e.next*e.size:], pcm)
	e.next = (e.next + 1) % pastFrames
	if e.open {
		e.recognition.Write(pcm)
	}
}

func (e *ear) start(u turn.StartUtterance) {
	if e.recognition == nil {
		return
	}
	e.recognition.Start(u.Utterance, u.Hints)
	e.open = true
	frames := min(int(u.LookBack/media.FrameTime), pastFrames)
	for i := frames; i > 0; i-- {
		at := (e.next - i + pastFrames) % pastFrames
		e.recognition.Write(e.past[at*e.size : (at+1)*e.size])
	}
}

func (e *ear) stop(utterance int) {
	e.open = false
	if e.recognition == nil {
		e.queue.push(item{
			event: turn.Heard{Utterance: utterance, Final: true, Err: e.broken}, at: e.clock.Now(),
		})
		return
	}
	e.recognition.Stop()
}

func (e *ear) abandon() {
	e.open = false
	if e.recognition != nil {
		e.recognition.Abandon()
	}
}

func (e *ear) close() {
	if e.recognition != nil {
		e.recognition.Close()
	}
}
