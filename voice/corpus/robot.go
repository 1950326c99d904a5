package corpus

import "context"

// spoken is one of the robot's lines: with a little hiss under it, so that
// each frame can be told from silence.
type spoken struct {
	text string
	pcm  []int16
	gaps [][2]int // the pauses between its sentences, in samples
}

const (
	robotLevel = -18.0 // dBov
	robotHiss  = -50.0
)

// speak makes a line of the robot's.
func (s *Speakers) speak(ctx context.Context, d dice, r Robot, text string) (spoken, error) {
	m := manner{voice: r.Voice, speed: 1, size: r.Voice.Size[0]}
	p, err := s.phrase(ctx, m, d, text)
	if err != nil {
		return spoken{}, err
	}
	out := append(p.sound, newSound(frame-len(p.sound)%frame)...)
	out.scale(amplitude(robotLevel) / p.spoke.rms())
	for i := range out {
		out[i] += amplitude(robotHiss) * d.NormFloat64()
	}
	line := spoken{text: p.text, pcm: out.pcm()}
	for i, w := range p.words {
		if i > 0 && w.From > p.words[i-1].To {
			line.gaps = append(line.gaps, [2]int{int(p.words[i-1].To), int(w.From)})
		}
	}
	return line, nil
}

// at draws where in a line something begins that is to happen in a phase.
func (l spoken) at(d dice, phase string) int {
	n := len(l.pcm)
	switch phase {
	case "start":
		return d.samples(100, 500)
	case "end":
		return max(n-d.samples(700, 1200), 0)
	case "between":
		if len(l.gaps) > 0 {
			g := pick(d, l.gaps)
			return g[0] + d.IntN(max(g[1]-g[0], 1))
		}
	}
	return int(d.between(0.2, 0.6) * float64(n))
}
