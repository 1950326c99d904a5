package rtp

// concealFrames is how long a loss is covered up; what lasts longer is a gap.
const concealFrames = 3

// concealer covers up short losses: it repeats the last frame, fading out.
type concealer struct {
	last   []int16 // the newest frame that was heard whole
	played int     // samples put in since then
}

func (c *concealer) setUp(frame int) {
	c.last = make([]int16, frame)
	c.played = concealFrames * frame // nothing to repeat yet
}

// hear remembers a frame.
func (c *concealer) hear(pcm []int16) {
	copy(c.last, pcm)
	c.played = 0
}

// fill puts the fading repetition into pcm.
func (c *concealer) fill(pcm []int16) {
	length := concealFrames * len(c.last)
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

// exhausted says whether the loss has lasted too long to be covered up: the
// frame just filled is mere silence.
func (c *concealer) exhausted() bool {
	return c.played > concealFrames*len(c.last)
}
