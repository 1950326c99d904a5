// Package score says how well a voice loop listened: it compares what a loop
// did, as it could be heard on the wire, with what is true of the audio that
// it was given. It knows nothing of any loop.
//
// All positions are samples at 8 kHz since the conversation began. A frame of
// the robot that was written when the caller's samples up to n had been read
// has position n: that is when the caller begins to hear it.
package score

// Rate is that of all audio and positions, in Hz; Frame is 20 ms of it.
const (
	Rate  = 8000
	Frame = Rate / 50
)

func ms(samples int64) float64 { return float64(samples) * 1000 / Rate }
