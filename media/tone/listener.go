package tone

import (
	"math"

	"parley/media/spectrum"
)

// Sound is what a frame has of tones.
type Sound struct {
	// Hz of the one tone, or of the two, that make up the frame: the lower one
	// first. 0: it has none.
	Hz [2]float64
	// Level is the frame's, in dBFS.
	Level float64
	// Pure is which part of the frame's power is in the tones, 0 to 1.
	Pure float64
}

// Single says whether the frame is one tone.
func (s Sound) Single() bool { return s.Hz[0] > 0 && s.Hz[1] == 0 }

// Listener finds tones in a stream: beeps of answering machines, fax machines
// and the network's own. One goroutine uses it.
type Listener struct {
	step int // samples of the stream for one that is looked at
	x    [spectrum.Size]float32
	fft  spectrum.Transform
}

const (
	listenRate = 8000 // Hz: what is above a telephone's band is not looked at
	binWidth   = float64(listenRate) / spectrum.Size
	lowest     = 300 // Hz; below are mains hum and the pitch of voices
	highest    = 2600
	// quiet is the level (dBFS) below which nothing is a tone.
	quiet = -52
	// single and both are the least part of the power in one tone and in two.
	single = 0.82
	both   = 0.86
	// beside is the least power of the second tone, of the first's.
	beside = 0.08
)

// NewListener returns a Listener for a stream of a rate (Hz) that 8000 divides.
func NewListener(rate int) *Listener {
	l := &Listener{step: max(1, rate/listenRate)}
	l.fft.Init()
	return l
}

// Listen takes the next frame, which has at most Size samples at 8 kHz. It does
// not allocate.
func (l *Listener) Listen(pcm []int16) Sound {
	n := min(len(pcm)/l.step, len(l.x))
	copy(l.x[:], l.x[n:])
	to := l.x[len(l.x)-n:]
	energy := 0.0
	for i := range to {
		var sum float32
		for _, s := range pcm[i*l.step : (i+1)*l.step] {
			sum += float32(s)
		}
		to[i] = sum / float32(l.step)
		energy += float64(to[i]) * float64(to[i])
	}
	s := Sound{Level: 10 * math.Log10(energy/float64(max(n, 1))/(32768*32768)+1e-10)}
	if s.Level < quiet {
		return s
	}
	power := l.fft.Power(l.x[:])
	total := 0.0
	for _, p := range power[4:] { // from 125 Hz
		total += p
	}
	if total == 0 {
		return s
	}
	first, one := strongest(power)
	if hz := centre(power, first); one/total >= single && hz >= lowest && hz <= highest {
		s.Hz[0], s.Pure = hz, one/total
		return s
	}
	at := centre(power, first)
	var taken [2 * reach]float64
	from := max(first-reach+1, 0)
	kept := copy(taken[:], power[from:min(first+reach, len(power))])
	clear(power[from : from+kept])
	second, two := strongest(power)
	other := centre(power, second)
	copy(power[from:], taken[:kept])
	if (one+two)/total >= both && two >= beside*one && min(at, other) >= lowest && max(at, other) <= highest {
		s.Hz, s.Pure = [2]float64{min(at, other), max(at, other)}, (one+two)/total
	}
	return s
}

// reach is how many bins on either side of its centre a tone has power in.
const reach = 3

// strongest returns the bin with most power, and the power in and around it.
func strongest(power []float64) (at int, sum float64) {
	at = 4
	for i := 4; i < len(power)-reach; i++ {
		if power[i] > power[at] {
			at = i
		}
	}
	for i := max(at-reach+1, 0); i < min(at+reach, len(power)); i++ {
		sum += power[i]
	}
	return at, sum
}

// centre is the frequency (Hz) of the tone whose strongest bin is at.
func centre(power []float64, at int) float64 {
	var sum, weighed float64
	for i := max(at-1, 0); i <= min(at+1, len(power)-1); i++ {
		sum += math.Sqrt(power[i])
		weighed += math.Sqrt(power[i]) * float64(i)
	}
	if sum == 0 {
		return 0
	}
	return weighed / sum * binWidth
}
