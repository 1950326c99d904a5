package corpus

import "math"

// throat makes voiced sound without words: pulses of the vocal cords and
// breath, through the resonances of a mouth.
type throat struct {
	pitch    func(t float64) float64 // Hz, t from 0 to 1
	breath   float64                 // noise beside the pulses, of their level
	rough    float64                 // how irregular the pulses are, 0 to 1
	formants []float64               // Hz
	loud     func(t float64) float64 // envelope
}

func (v throat) sing(d dice, n int) sound {
	source := newSound(n)
	phase, jitter, shimmer := 1.0, 1.0, 1.0
	for i := range source {
		t := float64(i) / float64(n)
		if phase += v.pitch(t) * jitter / rate; phase >= 1 {
			phase--
			jitter, shimmer = 1+v.rough*d.between(-0.5, 0.5), 1-v.rough*d.Float64()
		}
		// The flow through the cords: it opens slowly and closes at once.
		pulse := 0.0
		if phase < 0.6 {
			pulse = shimmer * (phase / 0.6) * (1 - phase/0.6) * (phase/0.6 - 0.2)
		}
		source[i] = 10*pulse + v.breath*0.3*d.NormFloat64()
	}
	out := newSound(n)
	for k, f := range v.formants {
		out.add(0, append(sound(nil), source...).through(bandPass(f, 4+float64(k))), 1/float64(k+1))
	}
	for i := range out {
		out[i] *= v.loud(float64(i) / float64(n))
	}
	return out
}

// slide is a pitch that goes evenly from one to another.
func slide(from, to float64) func(float64) float64 {
	return func(t float64) float64 { return from + (to-from)*t }
}

// hill is an envelope that rises within attack and then falls.
func hill(attack float64) func(float64) float64 {
	return func(t float64) float64 {
		if t < attack {
			return t / attack
		}
		return 0.5 + 0.5*math.Cos(math.Pi*(t-attack)/(1-attack))
	}
}

// flat is an envelope with soft ends.
func flat(t float64) float64 { return min(1, 10*t, 8*(1-t)) }

// puff is breath: noise through resonances, without voice.
func puff(d dice, n int, loud func(float64) float64, formants ...float64) sound {
	source := hiss(params{d, [2]float64{0, 1}}, n, nil)
	out := newSound(n)
	for _, f := range formants {
		out.add(0, append(sound(nil), source...).through(bandPass(f, 1.2)), 1)
	}
	for i := range out {
		out[i] *= loud(float64(i) / float64(n))
	}
	return out
}

// hums are the words that no synthesizer can say, by how they are written in a
// text.
var hums = map[string]func(p params) sound{
	"[mm]": func(p params) sound {
		return nasal(p, p.samples(180, 420), p.dice.between(0.9, 1.2))
	},
	"[mm-hmm]": func(p params) sound {
		gap := puff(p.dice, p.samples(40, 90), flat, 900).scale(0.05)
		f := p.dice.between(1.05, 1.35)
		return join(nasal(p, p.samples(110, 220), 1), gap, nasal(p, p.samples(130, 300), f))
	},
	"[uh-huh]": func(p params) sound {
		h := puff(p.dice, p.samples(50, 100), flat, 700, 1400).scale(0.3)
		return join(schwa(p, p.samples(90, 170), 1), h, schwa(p, p.samples(110, 240), p.dice.between(1.05, 1.3)))
	},
	"[um]": func(p params) sound {
		return join(schwa(p, p.samples(150, 400), 0.95), nasal(p, p.samples(150, 500), 0.9))
	},
	"[uh]": func(p params) sound { return schwa(p, p.samples(250, 800), 0.92) },
	"[ah]": func(p params) sound { return schwa(p, p.samples(200, 450), p.dice.between(0.75, 0.95)) },
}

// speakerPitch draws a person's pitch: a man's or a woman's.
func speakerPitch(p params) float64 {
	if p.chance(0.5) {
		return p.between(90, 140)
	}
	return p.between(170, 250)
}

func nasal(p params, n int, rise float64) sound {
	f := speakerPitch(p)
	return throat{pitch: slide(f, f*rise), breath: 0.02, rough: 0.03, formants: []float64{270, 1000, 2200}, loud: hill(0.3)}.sing(p.dice, n)
}

func schwa(p params, n int, rise float64) sound {
	f := speakerPitch(p)
	return throat{pitch: slide(f, f*rise), breath: 0.05, rough: 0.03, formants: []float64{600, 1200, 2500}, loud: hill(0.25)}.sing(p.dice, n)
}

func join(parts ...sound) sound {
	var out sound
	for _, s := range parts {
		out = append(out, s...)
	}
	return out
}
