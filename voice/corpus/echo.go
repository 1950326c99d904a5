package corpus

import "math"

// Echo is the way of the robot's voice back into the caller's line.
type Echo struct {
	Level float64 // dB below the robot
	Delay int     // samples
	room  []tap
	cut   float64 // Hz, of the loudspeaker
	drive float64 // how far it is overdriven
}

func newEcho(d dice, level float64) *Echo {
	return &Echo{
		Level: level, Delay: d.samples(30, 250),
		room: reflections(d, 5, 2, 60, d.between(-14, -6)),
		cut:  d.between(1500, 3400), drive: d.between(0.5, 3),
	}
}

// Path is one use of an Echo.
type Path struct {
	echo   *Echo
	filter *biquad
	gain   float64
}

// Path begins anew.
func (e *Echo) Path() *Path {
	sum := 1.0
	for _, t := range e.room {
		sum += t.gain * t.gain
	}
	return &Path{echo: e, filter: lowPass(e.cut), gain: amplitude(-e.Level) / math.Sqrt(sum)}
}

// Add puts the echo into a frame of the caller that begins at a position.
// robot is all that the robot played so far; its first sample was heard at
// position from.
func (p *Path) Add(pcm []int16, at int64, robot []int16, from int64) {
	e := p.echo
	first := int(at-from) - e.Delay
	heard := func(i int) float64 {
		if i < 0 || i >= len(robot) {
			return 0
		}
		return float64(robot[i]) / 32768
	}
	for i := range pcm {
		x := heard(first + i)
		for _, t := range e.room {
			x += t.gain * heard(first+i-t.delay)
		}
		x = math.Tanh(p.filter.next(x)*e.drive) / e.drive
		pcm[i] = toInt16(float64(pcm[i]) + 32768*p.gain*x)
	}
	companded(pcm)
}
