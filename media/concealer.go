package media

// ConcealFrames is how many frames of a loss are covered up; what lasts longer
// is a Gap.
const ConcealFrames = 3

// Concealer covers up short losses: it repeats the last frame, fading out.
type Concealer struct {
	last   []int16 // the newest frame heard whole
	played int     // samples put in since then
}

// NewConcealer returns a Concealer at rate (Hz) that has nothing to repeat yet.
func NewConcealer(rate int) *Concealer {
	frame := FrameSize(rate)
	return &Concealer{last: make([]int16, frame), played: ConcealFrames * frame}
}

// Hear remembers a frame.
func (c *Concealer) Hear(pcm []int16) {
	copy(c.last, pcm)
	c.played = 0
}

// Fill puts the fading repetition into pcm.
func (c *Concealer) Fill(pcm []int16) {
	length := ConcealFrames * len(c.last)
	for i := range pcm {
		if c.played >= length {
			clear(pcm[i:])
			c.played += len(pcm) - i
			return
		}
		s := int(c.last[c.played%len(c.last)])
		pcm[i] = int16(s * (length - c.played) / length)
		c.played++
	}
}

// Exhausted says whether the loss has lasted too long to be covered up: the
// frame just filled is mere silence.
func (c *Concealer) Exhausted() bool {
	return c.played > ConcealFrames*len(c.last)
}
