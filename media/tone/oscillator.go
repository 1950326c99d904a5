package tone

import "math"

// sineSize is the length of the sine table: coarse enough for the cache, fine
// enough for a noise 70 dB below the tone.
const sineSize = 4096

var sine = func() (t [sineSize]int16) {
	for i := range t {
		t[i] = int16(math.Round(math.MaxInt16 * math.Sin(2*math.Pi*float64(i)/sineSize)))
	}
	return t
}()

// oscillator is one frequency; its phase is a fraction of 2^32.
type oscillator struct {
	phase, step uint32
	gain        int32 // of 2^15
}

// tune makes the oscillator begin anew at hz with a level in dBm0.
func (o *oscillator) tune(hz, level float64, rate int) {
	const overload = 3.17 // dBm0 of a full-scale sine in the µ-law (G.711)
	*o = oscillator{
		step: uint32(hz / float64(rate) * (1 << 32)),
		gain: int32(math.Round(math.Pow(10, (level-overload)/20) * (1 << 15))),
	}
}

// next returns the next sample.
func (o *oscillator) next() int32 {
	v := int32(sine[o.phase/(1<<32/sineSize)]) * o.gain >> 15
	o.phase += o.step
	return v
}
