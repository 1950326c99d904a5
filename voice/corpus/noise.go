package corpus

import (
	"math"
	"math/cmplx"
)

// component is one source of noise. pool gives speech of others.
type component func(p params, n int, pool func() sound) sound

// components by the names that families mix them under.
var components = map[string]component{
	"hiss":     hiss,
	"hvac":     hvac,
	"hum":      hum,
	"rumble":   rumble,
	"passes":   passes,
	"engine":   engine,
	"squeal":   squeal,
	"machine":  machine,
	"keys":     keys,
	"dishes":   dishes,
	"babble":   func(p params, n int, pool func() sound) sound { return babble(p, n, 4+p.IntN(4), pool) },
	"talker":   func(p params, n int, pool func() sound) sound { return babble(p, n, 1, pool) },
	"tv":       tv,
	"announce": announce,
}

// mix makes n samples of a family at a level of 1 (rms).
func (f Family) mix(d dice, n int, pool func() sound) sound {
	p := params{d, f.Span}
	out := newSound(n)
	for _, name := range sortedKeys(f.Mix) {
		part := components[name](p, n, pool)
		if r := part.rms(); r > 0 {
			out.add(0, part, amplitude(f.Mix[name])/r)
		}
	}
	return out.scale(1 / max(out.rms(), 1e-9))
}

func hiss(p params, n int, _ func() sound) sound {
	out := newSound(n)
	for i := range out {
		out[i] = p.NormFloat64()
	}
	return out
}

// hvac is air in ducts: pink.
func hvac(p params, n int, _ func() sound) sound {
	out := hiss(p, n, nil)
	var a, b, c float64 // P. Kellet's filter
	for i, w := range out {
		a = 0.99765*a + w*0.0990460
		b = 0.96300*b + w*0.2965164
		c = 0.57000*c + w*1.0526913
		out[i] = a + b + c + w*0.1848
	}
	return out.through(lowPass(p.between(600, 3000)))
}

// hum is the mains and its harmonics.
func hum(p params, n int, _ func() sound) sound {
	out := newSound(n)
	f := 50.0
	if p.chance(0.5) {
		f = 60
	}
	for h := 1; h <= 20; h++ {
		gain, phase := p.dice.between(0.2, 1)/float64(h), p.dice.between(0, 2*math.Pi)
		turn := cmplx.Rect(1, 2*math.Pi*f*float64(h)/rate)
		for i, at := 0, cmplx.Rect(gain, phase); i < n; i, at = i+1, at*turn {
			out[i] += imag(at)
		}
	}
	return out
}

// swell is a slow random rise and fall between two gains.
func swell(p params, n int, low, high, seconds float64) []float64 {
	out := make([]float64, n)
	step := int(seconds * rate)
	from := p.dice.between(low, high)
	for i := 0; i < n; i += step {
		to := p.dice.between(low, high)
		for j := i; j < min(i+step, n); j++ {
			out[j] = from + (to-from)*(0.5-0.5*math.Cos(math.Pi*float64(j-i)/float64(step)))
		}
		from = to
	}
	return out
}

// rumble is far traffic, or wheels on a track.
func rumble(p params, n int, _ func() sound) sound {
	out := hiss(p, n, nil).through(lowPass(p.between(150, 700)), lowPass(p.between(300, 1200)))
	for i, g := range swell(p, n, 0.4, 1, p.between(0.5, 2)) {
		out[i] *= g
	}
	return out
}

// passes are vehicles that come and go.
func passes(p params, n int, _ func() sound) sound {
	out := newSound(n)
	for at := -p.IntN(rate); at < n; at += p.samples(1200, 5000) {
		length := p.samples(900, 3500)
		car := hiss(p, length, nil).through(lowPass(p.between(500, 2000)), highPass(80))
		car.add(0, engine(p, length, nil), 0.3*car.rms()/1)
		for i := range car {
			x := 6*float64(i)/float64(length) - 3
			car[i] *= math.Exp(-x * x)
		}
		out.add(at, car, p.dice.between(0.3, 1))
	}
	return out
}

// engine is a motor at a speed that wanders.
func engine(p params, n int, _ func() sound) sound {
	out := newSound(n)
	f0 := p.between(25, 90)
	speed := swell(p, n, 0.95*f0, 1.05*f0, p.between(0.4, 1.5))
	var gains [16]float64
	for h := range gains {
		gains[h] = p.dice.between(0.2, 1) / math.Sqrt(float64(h+1))
	}
	phase := 0.0
	for i := range out {
		phase += 2 * math.Pi * speed[i] / rate
		for h, g := range gains {
			out[i] += g * math.Sin(float64(h+1)*phase)
		}
	}
	return out
}

// squeal is steel on steel.
func squeal(p params, n int, _ func() sound) sound {
	out := newSound(n)
	for at := p.IntN(2 * rate); at < n; at += p.samples(1500, 5000) {
		length := p.samples(300, 1500)
		f, drift := p.between(900, 3000), p.dice.between(-0.1, 0.1)
		part, phase := newSound(length), 0.0
		for i := range part {
			phase += 2 * math.Pi * f * (1 + drift*float64(i)/float64(length) + 0.004*p.NormFloat64()) / rate
			part[i] = math.Sin(phase) + 0.3*math.Sin(2*phase)
		}
		out.add(at, part.fade(length/4, length/3), p.dice.between(0.3, 1))
	}
	return out
}

// machine beats at a steady pace.
func machine(p params, n int, _ func() sound) sound {
	out := newSound(n)
	period := p.samples(250, 1200)
	f, decay := p.between(200, 1800), p.between(8, 60)
	for at := p.IntN(period); at < n; at += period {
		out.add(at, ring(p, f, decay, 3), p.dice.between(0.8, 1))
	}
	return out
}

// ring is something hard that was hit: a few resonances that die away in
// milliseconds.
func ring(p params, hz, decay float64, count int) sound {
	out := newSound(int(decay * 7 * rate / 1000))
	for k := range count {
		f := hz * (1 + 0.7*float64(k)*p.dice.between(0.7, 1.3))
		for f > 3800 {
			f /= 2
		}
		phase := p.dice.between(0, 2*math.Pi)
		for i := range out {
			out[i] += math.Exp(-float64(i)*1000/rate/decay) * math.Sin(phase+2*math.Pi*f*float64(i)/rate) / float64(k+1)
		}
	}
	for i := range min(len(out), rate/200) {
		out[i] += 0.5 * p.NormFloat64() * math.Exp(-float64(i)/10)
	}
	return out
}

// keys is somebody who types.
func keys(p params, n int, _ func() sound) sound {
	out := newSound(n)
	for at := p.IntN(rate / 4); at < n; at += p.dice.samples(70, 350) {
		out.add(at, ring(p, p.between(900, 3000), p.between(2, 8), 2), p.dice.between(0.3, 1))
	}
	return out
}

// dishes is a kitchen.
func dishes(p params, n int, _ func() sound) sound {
	out := newSound(n)
	for at := p.IntN(rate); at < n; at += p.dice.samples(200, 2500) {
		out.add(at, ring(p, p.between(1200, 3300), p.between(20, 120), 4), p.dice.between(0.2, 1))
	}
	return out
}

// babble is a number of people who talk at once, away from the telephone.
func babble(p params, n, talkers int, pool func() sound) sound {
	out := newSound(n)
	for range talkers {
		for at := -p.IntN(2 * rate); at < n; at += p.dice.samples(50, 600) {
			s := pool()
			out.add(at, s, p.dice.between(0.5, 1)/max(s.rms(), 1e-9))
			at += len(s)
		}
	}
	return out.through(lowPass(p.between(1200, 3000)))
}

// tv is one talker from a small loudspeaker, with music under it.
func tv(p params, n int, pool func() sound) sound {
	out := babble(p, n, 1, pool).through(bandPass(p.between(700, 1500), 0.5))
	out.scale(1 / max(out.rms(), 1e-9))
	note := newSound(n)
	for at := 0; at < n; at += p.samples(180, 500) {
		f := 220 * math.Pow(2, float64(p.IntN(24))/12)
		for i := at; i < n; i++ {
			t := float64(i-at) / rate
			note[i] += math.Exp(-4*t) * math.Sin(2*math.Pi*f*t)
			if t > 1 {
				break
			}
		}
	}
	out.add(0, note, 0.5/max(note.rms(), 1e-9))
	return out
}

// announce is a public address: a chime and a voice in a hall.
func announce(p params, n int, pool func() sound) sound {
	out := newSound(n)
	at := p.IntN(rate)
	for _, f := range []float64{p.between(500, 700), p.between(380, 500)} {
		out.add(at, ring(p, f, 150, 2), 1)
		at += rate / 2
	}
	voice := pool()
	for i := range 6 {
		out.add(at+i*p.samples(25, 60), voice, 0.7*math.Pow(0.6, float64(i))/max(voice.rms(), 1e-9))
	}
	return out.through(highPass(400))
}
