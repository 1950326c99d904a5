// Package echo tells a party's own voice from what comes back of ours. The
// party's telephone may play us so loud that its microphone hears us, some tens
// or hundreds of milliseconds later; taken for speech, that would have the robot
// interrupt itself.
//
// Nothing is cancelled here. Both sides are looked at below 900 Hz, where most of
// a voice is and little work: a running correlation over all delays finds where
// the echo is, and a short adaptive filter there says how much of what comes
// from the party it explains.
package echo

import (
	"math"
)

const (
	lowRate  = 2000 // Hz
	longest  = 450 * lowRate / 1000
	frame    = lowRate / 50
	kept     = longest + taps + frame
	taps     = 32 // of the filter, 16 ms
	before   = 6  // of them before the delay that was found
	fastPart = 0.8
	slowPart = 0.985
	// found is the correlation, over seconds, that makes a delay an echo's.
	found = 0.25
	// distinct is by how much it must stand out from all other delays.
	distinct = 2.5
	enough   = 240 // delays, 120 ms
	// quiet is the energy of a frame, in units of a sample's square, below which
	// there is nothing to look at.
	quiet       float32 = frame * quietSample
	quietSample         = 30 * 30
)

// Judge compares the two sides of a call. One goroutine uses it.
type Judge struct {
	step   int // samples of the stream for one of ours
	mic    lowPass
	ref    lowPass
	heard  [frame]float32
	played [kept]float32 // the newest last

	// Running sums for each delay: quickly forgotten, and slowly.
	cross, crossSlow [longest]float32
	power            [longest]float32
	powerSlow        [longest]float32
	own, ownSlow     float32
	silent           int // frames since we were last to be heard

	delay  int // samples; -1: no echo has been found
	filter [taps]float32
	rest   float64 // of the energy, on average
	energy float64
	noise  float64 // energy of a frame without speech
}

// New returns a Judge for streams of a rate in Hz.
func New(rate int) *Judge {
	j := &Judge{step: rate / lowRate, delay: -1}
	j.mic, j.ref = newLowPass(rate), newLowPass(rate)
	return j
}

// Verdict is what is said of one frame.
type Verdict struct {
	// Echo: an echo is known, and we were to be heard in it.
	Echo bool
	// Own is the part of the party's energy, 0 to 1, that is its own: what the
	// echo does not explain. 1 if there is no echo.
	Own float64
	// Over is by how many dB what is its own stands over the noise on its side.
	Over float64
	// Delay of the echo, 0 if none is known, in milliseconds.
	Delay int
}

// Compare takes the party's newest frame, and ours that was played when that
// frame began to come. It does not allocate.
func (j *Judge) Compare(heard, played []int16) Verdict {
	j.mic.take(heard, j.step, j.heard[:])
	copy(j.played[:], j.played[frame:])
	j.ref.take(played, j.step, j.played[kept-frame:])
	var own, ours float32
	for _, x := range j.heard {
		own += x * x
	}
	for _, x := range j.played[kept-frame:] {
		ours += x * x
	}
	if j.silent++; ours > quiet {
		j.silent = 0
	}
	if j.silent > longest/frame+2 { // nothing of ours can come back
		j.track(float64(own))
		return Verdict{Own: 1}
	}
	j.track(float64(own))
	j.correlate(own, ours)
	j.find()
	return j.explain(float64(own))
}

// track follows the noise: down quickly, up by 3 dB a second.
func (j *Judge) track(own float64) {
	if own < j.noise || j.noise == 0 {
		j.noise += (own - j.noise) * 0.3
	} else {
		j.noise *= 1.014
	}
	j.noise = math.Max(j.noise, 100)
}

// correlate brings the sums of each delay up to date.
func (j *Judge) correlate(own, ours float32) {
	j.own = j.own*fastPart + own
	j.ownSlow = j.ownSlow*slowPart + own
	loud := own > quiet
	e := ours
	for d := range longest {
		at := kept - frame - d
		old := j.played[at : at+frame]
		var c float32
		if loud {
			for i, x := range j.heard {
				c += x * old[i]
			}
		}
		j.cross[d] = j.cross[d]*fastPart + c
		j.power[d] = j.power[d]*fastPart + e
		j.crossSlow[d] = j.crossSlow[d]*slowPart + c
		j.powerSlow[d] = j.powerSlow[d]*slowPart + e
		if at > 0 { // the window moves on by one
			e += j.played[at-1]*j.played[at-1] - old[frame-1]*old[frame-1]
		}
	}
}

// find looks for the delay of the echo: where the two are most alike over
// seconds, or, while nothing is known, clearly alike now.
func (j *Judge) find() {
	best, at, sum, told := 0.0, -1, 0.0, 0
	for d := range longest {
		if j.powerSlow[d] < quiet {
			continue
		}
		r := like(j.crossSlow[d], j.ownSlow, j.powerSlow[d])
		sum += r
		told++
		if r > best {
			best, at = r, d
		}
	}
	if best < found || told < enough || best < distinct*sum/float64(told) { // a hum is like itself at any delay
		if j.delay >= 0 && best < found/2 { // it has gone
			j.delay = -1
		}
		return
	}
	if j.delay < 0 || abs(at-j.delay) > before {
		j.delay = at
		clear(j.filter[:])
		j.filter[before] = float32(float64(j.crossSlow[at]) / math.Max(float64(j.powerSlow[at]), 1))
		j.rest, j.energy = 0, 0
	}
}

// like is the normalised correlation of sums, sign left out: a line may turn the
// phase.
func like(cross, a, b float32) float64 {
	if a < quiet || b < quiet {
		return 0
	}
	return math.Abs(float64(cross)) / math.Sqrt(float64(a)*float64(b))
}

// explain says how much of the frame is echo: by the filter, or by likeness at the
// delay if that explains more. The filter adapts while the two sides are alike:
// then what comes is the echo, and not the party.
func (j *Judge) explain(own float64) Verdict {
	if j.delay < 0 {
		return Verdict{Own: 1}
	}
	v := Verdict{Own: 1, Delay: j.delay * 1000 / lowRate}
	alike := 0.0
	for d := max(0, j.delay-before); d < min(longest, j.delay+before); d++ {
		alike = math.Max(alike, like(j.cross[d], j.own, j.power[d]))
	}
	var rest, reference float64
	for i := range frame {
		at := min(kept-frame+i-j.delay+before, kept-1)
		x := j.played[max(0, at-taps+1) : at+1]
		var y, power float32
		for k, w := range j.filter[:len(x)] {
			r := x[len(x)-1-k]
			y += w * r
			power += r * r
		}
		reference += float64(power) / taps
		e := j.heard[i] - y
		rest += float64(e) * float64(e)
		if alike > adapting && power > quietSample*taps {
			mu := step * e / (power + 1)
			for k := range j.filter[:len(x)] {
				j.filter[k] += mu * x[len(x)-1-k]
			}
		}
	}
	j.rest = j.rest*fastPart + rest
	j.energy = j.energy*fastPart + own
	if reference < float64(quiet) {
		return v
	}
	v.Echo = true
	if j.energy > 0 {
		v.Own = math.Min(1-alike*alike, j.rest/j.energy)
	}
	v.Over = 10 * math.Log10(v.Own*j.energy*(1-fastPart)/j.noise+1e-9)
	return v
}

const (
	step = 0.25
	// adapting is how alike the sides must be for the filter to learn.
	adapting = 0.5
)

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
