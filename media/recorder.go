package media

import "sync/atomic"

// Recorder is one stereo recording: the party on the left, we on the right.
// The tick gives it one frame of each side; its Scribe writes the file. It
// never holds up the call: what the disk is too slow for becomes silence, and
// after a write error the rest is left out.
type Recorder struct {
	rate  int
	frame int // samples of one side
	path  string

	scribe *Scribe

	// The ring between the tick, which fills it, and the Scribe.
	ring     []int16  // ringFrames frames, both sides interleaved
	skipped  []uint32 // frames left out before each of them
	filled   atomic.Int64
	emptied  atomic.Int64
	skipping uint32       // the tick's own
	given    atomic.Int64 // frames, those skipped included
	paused   atomic.Bool
	closed   atomic.Bool // the tick gives no more

	// The Scribe's own until done is closed.
	file    sink
	size    int64 // bytes of samples in the file
	lost    int64 // frames that became silence
	problem error
	done    chan struct{}
}

// ringFrames is one second.
const ringFrames = 50

func newRecorder(scribe *Scribe, file sink, path string, rate int) *Recorder {
	frame := FrameSize(rate)
	return &Recorder{
		scribe:  scribe,
		rate:    rate,
		frame:   frame,
		path:    path,
		ring:    make([]int16, ringFrames*2*frame),
		skipped: make([]uint32, ringFrames),
		file:    file,
		done:    make(chan struct{}),
	}
}

// Frame takes one frame of both sides, at the Recorder's rate; nil is silence.
// Only the tick calls it. It neither blocks nor allocates.
func (r *Recorder) Frame(party, us []int16) {
	if r.closed.Load() {
		return
	}
	r.given.Add(1)
	n := r.filled.Load()
	if n-r.emptied.Load() >= ringFrames {
		r.skipping++
		return
	}
	if r.paused.Load() {
		party, us = nil, nil
	}
	at := int(n % ringFrames)
	r.skipped[at], r.skipping = r.skipping, 0
	both := r.ring[at*2*r.frame : (at+1)*2*r.frame]
	interleave(both, 0, party)
	interleave(both, 1, us)
	r.filled.Store(n + 1)
}

// interleave puts pcm into every other sample of both, from channel on.
func interleave(both []int16, channel int, pcm []int16) {
	for i := channel; i < len(both); i += 2 {
		both[i] = 0
		if i/2 < len(pcm) {
			both[i] = pcm[i/2]
		}
	}
}

// Pause writes silence in place of both sides until it is called with false,
// so that time in the file stays that of the call.
func (r *Recorder) Pause(on bool) { r.paused.Store(on) }

// Rate returns the sample rate of the file in Hz.
func (r *Recorder) Rate() int { return r.rate }

// Given returns how many samples of each side the Recorder has been given:
// where in the file the next frame will lie.
func (r *Recorder) Given() int64 { return r.given.Load() * int64(r.frame) }

// Close ends the recording, waits until it is on its way to the disk and
// returns how many samples of each side the file holds. Error: why it is not
// whole; the file is playable all the same. Frames given later are ignored.
func (r *Recorder) Close() (samples int64, err error) {
	r.closed.Store(true)
	r.scribe.nudge()
	<-r.done
	return r.size / 4, r.problem
}
