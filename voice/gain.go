package voice

// gain is how loud the robot's line is. It changes within one frame, and no
// sample is lost by it: a line that is held goes on where it stopped.
type gain struct {
	lower       bool // now or next is not 1
	now, target float64
}

// reset is full level, at once.
func (g *gain) reset() { *g = gain{} }

// to makes the next frame fade to a level, 0 to 1.
func (g *gain) to(level float64) {
	if !g.lower {
		g.lower, g.now = true, 1
	}
	g.target = level
}

// held tells whether nothing is to be played.
func (g *gain) held() bool { return g.lower && g.now == 0 && g.target == 0 }

// apply fades a frame to the level that is wanted.
func (g *gain) apply(pcm []int16) {
	if !g.lower {
		return
	}
	ramp := len(pcm) / 4
	from := 0 // up: at once
	if g.target < g.now {
		from = len(pcm) - ramp // down: at the end, so that hardly anything is heard half
	}
	step := (g.target - g.now) / float64(ramp)
	for i, s := range pcm {
		level := g.now + step*float64(min(max(i+1-from, 0), ramp))
		pcm[i] = int16(float64(s) * level)
	}
	g.now = g.target
	g.lower = g.now != 1
}
