package corpus

import (
	"math"

	"parley/media"
)

// line is a caller's telephone and the wire behind it.
type line struct {
	low, high float64 // Hz, of the band
	room      []tap
}

// tap is one reflection.
type tap struct {
	delay int // samples
	gain  float64
}

func newLine(d dice) line {
	l := line{low: d.between(200, 320), high: d.between(3100, 3700)}
	if d.chance(0.4) {
		l.room = reflections(d, 6, 3, 40, d.between(-22, -12))
	}
	return l
}

// reflections draws the first echoes of a room, each weaker than the one
// before it.
func reflections(d dice, count int, from, to, first float64) []tap {
	var taps []tap
	for i := range count {
		g := amplitude(first - 3*float64(i))
		if d.chance(0.5) {
			g = -g
		}
		taps = append(taps, tap{d.samples(from, to), g})
	}
	return taps
}

// carry is what the line makes of a sound, before its level.
func (l line) carry(s sound, room bool) sound {
	out := append(sound(nil), s...)
	if room {
		for _, t := range l.room {
			out.add(t.delay, s, t.gain)
		}
	}
	return out.through(highPass(l.low), lowPass(l.high))
}

// pcm rounds a sound to what a G.711 wire carries.
func (s sound) pcm() []int16 {
	out := make([]int16, len(s))
	for i, v := range s {
		out[i] = toInt16(v * 32768)
	}
	companded(out)
	return out
}

func toInt16(v float64) int16 { return int16(math.Round(min(max(v, -32768), 32767))) }

// companded sends pcm through the µ-law and back, in place.
func companded(pcm []int16) {
	var wire [frame]byte
	for len(pcm) > 0 {
		n := min(len(pcm), frame)
		media.PCMU.Encode(wire[:], pcm[:n])
		media.PCMU.Decode(pcm[:n], wire[:n])
		pcm = pcm[n:]
	}
}

// lose takes packets away: runs of 20 to 120 ms, each some while after the
// one before. The marks tell which frames are missing.
func lose(d dice, pcm []int16, marks []media.Mark) {
	for f := d.samples(200, 1500) / frame; f < len(marks); f += d.samples(400, 1800) / frame {
		for range 1 + d.IntN(6) {
			if f < len(marks) {
				marks[f] = media.Gap
				clear(pcm[f*frame : (f+1)*frame])
				f++
			}
		}
	}
}
