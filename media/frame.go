// Package media is the audio floor of Parley: frames of linear PCM, the clock
// that paces them, codecs, digits, detection, resampling and recording. It
// knows nothing of calls.
package media

import "time"

// FrameTime is the length of every frame inside Parley. Doors cut and join
// what the wire brings (10 to 60 ms) into frames of this length.
const FrameTime = 20 * time.Millisecond

// FramesPerSecond is how many frames make one second of audio.
const FramesPerSecond = int(time.Second / FrameTime)

// MaxRate is the highest sample rate, in Hz, that a Stream may have. Buffers
// that must hold a frame of any Stream have FrameSize(MaxRate) samples.
const MaxRate = 48000

// FrameSize returns the number of samples in one frame at rate (Hz).
func FrameSize(rate int) int { return rate / FramesPerSecond }

// Duration returns how long n samples last at rate (Hz).
func Duration(n int64, rate int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(rate)
}

// Samples returns how many samples d holds at rate (Hz), rounded down.
func Samples(d time.Duration, rate int) int64 {
	return int64(d) * int64(rate) / int64(time.Second)
}

// Mark says where the samples of a frame came from.
type Mark uint8

const (
	// Heard frames hold the party's own audio as it came over the wire.
	Heard Mark = iota
	// Concealed frames replace a lost packet with something like its
	// neighbours. They are played and recorded, and judged with reserve.
	Concealed
	// Gap frames are silence put in by the door because the party sent
	// nothing (hold, digits, loss, comfort noise off). Nobody may judge them
	// as the party's silence.
	Gap
	// End says that the stream is over: this frame is silence and so will
	// every later one be.
	End
)

func (m Mark) String() string {
	switch m {
	case Heard:
		return "heard"
	case Concealed:
		return "concealed"
	case Gap:
		return "gap"
	case End:
		return "end"
	}
	return "unknown"
}
