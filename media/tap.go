package media

import "sync/atomic"

// Tap is a Stream around another one that gives what passes to a Recorder:
// what is read goes left, what is written goes right, the two of one tick
// side by side whichever comes first.
type Tap struct {
	Stream
	recorder    atomic.Pointer[Recorder]
	party, us   []int16
	read, wrote bool // party, us hold this tick's frame
}

// NewTap returns a Tap around s that records nothing yet.
func NewTap(s Stream) *Tap {
	n := FrameSize(s.Rate())
	return &Tap{Stream: s, party: make([]int16, n), us: make([]int16, n)}
}

// Record gives the frames from now on to r, whose rate must be the Stream's;
// nil ends it. Any goroutine may call it.
func (t *Tap) Record(r *Recorder) { t.recorder.Store(r) }

// Recording says whether there is a Recorder.
func (t *Tap) Recording() bool { return t.recorder.Load() != nil }

// Beneath returns the Stream that the Tap is around.
func (t *Tap) Beneath() Stream { return t.Stream }

// ReadFrame implements Stream.
func (t *Tap) ReadFrame(pcm []int16) Mark {
	mark := t.Stream.ReadFrame(pcm)
	t.Heard(pcm)
	return mark
}

// Heard notes a frame of the party that has reached us past the Tap: a relay
// carries packets, and tells what was in them.
func (t *Tap) Heard(pcm []int16) {
	if t.read {
		t.pass() // nothing was written in the tick before
	}
	copy(t.party, pcm)
	t.read = true
	if t.wrote {
		t.pass()
	}
}

// WriteFrame implements Stream.
func (t *Tap) WriteFrame(pcm []int16) {
	t.Stream.WriteFrame(pcm)
	t.Said(pcm)
}

// Said notes a frame toward the party that has gone past the Tap; nil is
// silence.
func (t *Tap) Said(pcm []int16) {
	if t.wrote {
		t.pass()
	}
	clear(t.us[copy(t.us, pcm):])
	t.wrote = true
	if t.read {
		t.pass()
	}
}

// pass gives the tick's frames to the Recorder.
func (t *Tap) pass() {
	party, us := t.party, t.us
	if !t.read {
		party = nil
	}
	if !t.wrote {
		us = nil
	}
	t.read, t.wrote = false, false
	if r := t.recorder.Load(); r != nil {
		r.Frame(party, us)
	}
}
