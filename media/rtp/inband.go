package rtp

import (
	"parley/media"
	"parley/media/tone"
)

// inbandPause is how many ticks of silence follow a digit that is sent as
// tones (ITU-T Q.24 wants 40 ms at least).
const inbandPause = 3

// inband sends digits as tones in our voice, where the party does not know
// telephone-event.
type inband struct {
	digit tone.Digit
	pause int
	frame []int16 // nil before the first digit
}

// next returns this tick's frame of the digits that wait in q, or nil if
// there is none.
func (b *inband) next(q *media.DigitQueue, rate int) []int16 {
	if !b.digit.Sounding() && b.pause == 0 {
		d, ok := q.Pop()
		if !ok {
			return nil
		}
		b.digit.Press(d.Tone, int(media.Samples(lengthOf(d, rate), rate)), rate)
		b.pause = inbandPause
	}
	if !b.digit.Sounding() {
		b.pause--
	}
	if b.frame == nil {
		b.frame = make([]int16, media.FrameSize(rate))
	}
	b.digit.Fill(b.frame)
	return b.frame
}

// busy says whether a digit is being sent.
func (b *inband) busy() bool { return b.digit.Sounding() || b.pause > 0 }

// stop drops what is being sent.
func (b *inband) stop() {
	b.digit, b.pause = tone.Digit{}, 0
}
