package corpus

import "math"

// bursts are the sounds of people and things that are no words, by the names
// that families give them.
var bursts = map[string]func(p params) sound{
	"cough":  cough,
	"laugh":  laugh,
	"throat": clearing,
	"sneeze": sneeze,
	"breath": breath,
	"sigh":   sigh,
	"lips":   lips,
	"door":   door,
	"bump":   bump,
	"keys":   typing,
	"dishes": clatter,
	"bark":   bark,
	"chime":  chime,
	"rustle": rustle,
}

// cough has an explosive burst, a noisy stretch, and often a voiced end; one
// to three of them follow each other.
func cough(p params) sound {
	var out sound
	for range 1 + p.IntN(3) {
		burst := puff(p.dice, p.samples(30, 70), hill(0.08), p.between(400, 900), p.between(1200, 2000), 2800)
		middle := puff(p.dice, p.samples(80, 200), func(t float64) float64 { return 0.35 * (1 - 0.6*t) }, p.between(500, 1000), 1800)
		one := join(burst, middle)
		if p.chance(0.6) {
			f := p.between(180, 330)
			one = join(one, throat{pitch: slide(f, 0.7*f), breath: 0.5, rough: 0.5, formants: []float64{700, 1300}, loud: hill(0.1)}.sing(p.dice, p.samples(50, 130)).scale(0.8))
		}
		out = join(out, one.scale(p.dice.between(0.6, 1)), newSound(p.samples(60, 250)))
	}
	return out
}

// laugh is a voice that is chopped four or five times a second.
func laugh(p params) sound {
	var out sound
	f, pace := p.between(160, 330), p.between(0.8, 1.2)
	for i := range 3 + p.IntN(5) {
		g := f * (1 - 0.05*float64(i)) * p.dice.between(0.92, 1.08)
		h := puff(p.dice, int(pace*p.dice.between(50, 90)*rate/1000), flat, 700, 1500, 2400).scale(0.25)
		ha := throat{pitch: slide(1.05*g, 0.9*g), breath: 0.15, rough: 0.15, formants: []float64{p.between(550, 800), 1300, 2500}, loud: hill(0.25)}
		out = join(out, h, ha.sing(p.dice, int(pace*p.dice.between(70, 130)*rate/1000)).scale(math.Pow(0.93, float64(i))))
	}
	return out
}

// clearing of a throat: creaky and low.
func clearing(p params) sound {
	var out sound
	for range 1 + p.IntN(2) {
		f := p.between(55, 110)
		v := throat{pitch: slide(f, 0.8*f), breath: 0.6, rough: 0.7, formants: []float64{500, 1100, 2000}, loud: flat}
		out = join(out, v.sing(p.dice, p.samples(180, 420)), newSound(p.samples(60, 160)))
	}
	return out
}

func sneeze(p params) sound {
	in := puff(p.dice, p.samples(200, 450), func(t float64) float64 { return 0.1 * t }, 1500, 2500)
	burst := puff(p.dice, p.samples(90, 200), hill(0.1), 1800, 2600, 3300)
	f := p.between(200, 350)
	tail := throat{pitch: slide(f, 0.6*f), breath: 0.5, rough: 0.2, formants: []float64{400, 1000}, loud: hill(0.1)}.sing(p.dice, p.samples(80, 200))
	return join(in, burst, tail.scale(0.5))
}

// breath into the microphone.
func breath(p params) sound {
	return puff(p.dice, p.samples(300, 900), flat, p.between(300, 600), p.between(900, 1800))
}

func sigh(p params) sound {
	f := p.between(100, 220)
	v := throat{pitch: slide(f, 0.7*f), breath: 1.5, rough: 0.1, formants: []float64{600, 1200}, loud: hill(0.2)}
	return v.sing(p.dice, p.samples(350, 800))
}

// lips that part, and a tongue.
func lips(p params) sound {
	var out sound
	for range 1 + p.IntN(3) {
		out = join(out, ring(p, p.between(1300, 2800), p.between(2, 6), 2), newSound(p.samples(40, 200)))
	}
	return out
}

// door: a thud, and what rattles after it.
func door(p params) sound {
	out := ring(p, p.between(90, 220), p.between(40, 90), 5)
	out.add(p.samples(5, 40), ring(p, p.between(500, 1500), p.between(10, 40), 4), 0.5)
	return out
}

// bump is a knock at the telephone itself.
func bump(p params) sound {
	var out sound
	for range 1 + p.IntN(4) {
		out = join(out, ring(p, p.between(200, 500), p.between(8, 25), 3), newSound(p.samples(30, 150)))
	}
	return out
}

func typing(p params) sound { return keys(p, p.samples(500, 1500), nil) }

func clatter(p params) sound { return dishes(p, p.samples(500, 1400), nil) }

// bark of a dog, once to three times.
func bark(p params) sound {
	var out sound
	for range 1 + p.IntN(3) {
		f := p.between(350, 700)
		v := throat{pitch: slide(1.2*f, 0.7*f), breath: 0.6, rough: 0.5, formants: []float64{800, 1500, 2600}, loud: hill(0.15)}
		out = join(out, v.sing(p.dice, p.samples(90, 180)), newSound(p.samples(120, 400)))
	}
	return out
}

// chime is a device that wants attention.
func chime(p params) sound {
	var out sound
	for range 1 + p.IntN(3) {
		out = join(out, ring(p, p.between(600, 2000), p.between(60, 160), 2)[:rate/4])
	}
	return out
}

// rustle of paper, or of a sleeve on the microphone.
func rustle(p params) sound {
	n := p.samples(300, 1000)
	out := hiss(p, n, nil).through(highPass(p.between(600, 1500)))
	for i, g := range swell(p, n, 0, 1, 0.04) {
		out[i] *= g * g
	}
	return out
}

// beep of an answering machine.
func beep(p params) sound {
	out, f := newSound(p.samples(200, 1000)), p.between(400, 1500)
	for i := range out {
		out[i] = math.Sin(2 * math.Pi * f * float64(i) / rate)
	}
	return out.level(speechLevel).fade(40, 40)
}
