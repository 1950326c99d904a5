package score

import "math"

// loudness is what the caller hears of the robot's line in one frame.
type loudness uint8

const (
	before loudness = iota // the line has not begun
	full                   // within 1 dB of the line
	ducked                 // lower
	silent                 // 40 dB down or more
	other                  // something else than the line
	after                  // the line has been played to its end
)

const (
	fullWithin = 1.0  // dB
	duckedBy   = 3.0  // dB: less is not heard as a duck
	silentBy   = 40.0 // dB
	// The correlation from which a frame is the line's: goesOn after one that
	// was (a fade within it costs some), againAs where the line is expected to
	// go on after something else, foundAs elsewhere. Only a copy is so alike:
	// two vowels of one voice are often no less so than 0.9.
	goesOn  = 0.7
	againAs = 0.98
	foundAs = 0.998
	search  = Rate
	// slack is how many samples a fade may round to nothing.
	slack = 4
	// tries is for how many frames after a silence the line is looked for
	// elsewhere.
	tries = 3
)

// playback is a line as it was played.
type playback struct {
	frames         []loudness
	down           []float64 // dB below the line
	lost, repeated int64     // samples, over all resumptions
	ended          int       // the frame after its last one; -1: it did not end
}

// follow finds the frames of line in what was played. A frame in which the
// robot falls silent or begins again holds less than a frame of the line; where
// it cannot be told, the ones after it tell.
func follow(played, line []int16) playback {
	p := playback{ended: -1}
	at, begun, left := 0, false, tries
	alike := againAs
	unknown := 0 // samples played since at that were not found
	for f := 0; (f+1)*Frame <= len(played); f++ {
		y := played[f*Frame : (f+1)*Frame]
		state, down := silent, 100.0
		quiet := level(y) < 2
		switch {
		case at >= len(line):
			state = after
			if p.ended < 0 {
				p.ended = f
			}
		case quiet:
			// A frame that fades may be unlike its original; many are
			// something else.
			alike = againAs
			if left = tries; unknown > tries*Frame {
				unknown = 0
			}
			if !begun {
				state = before
			}
		default:
			y = y[zeros(y, 0, 1) : Frame-zeros(y, Frame-1, -1)]
			expected := min(at+unknown, len(line))
			found, where := locate(y, line, expected, alike, left > 0)
			if left--; !found {
				state, alike = other, againAs
				unknown += len(y)
				break
			}
			begun, left, unknown, alike = true, tries, 0, goesOn
			if moved := where - expected; moved > slack || moved < -slack {
				p.lost += int64(max(moved, 0))
				p.repeated += int64(max(-moved, 0))
			}
			at = where + len(y)
			down = below(y, line[where:min(where+len(y), len(line))])
			state = judge(down)
		}
		p.frames = append(p.frames, state)
		p.down = append(p.down, down)
	}
	if p.ended < 0 && at >= len(line) {
		p.ended = len(p.frames)
	}
	return p
}

// zeros counts the samples of nothing at one end of a frame. A few are chance.
func zeros(y []int16, from, step int) int {
	n := 0
	for i := from; i >= 0 && i < len(y) && y[i] == 0; i += step {
		n++
	}
	if n < 8 {
		return 0
	}
	return n
}

func judge(down float64) loudness {
	switch {
	case down >= silentBy:
		return silent
	case math.Abs(down) > fullWithin:
		return ducked
	}
	return full
}

// locate returns where in line y is from: at its place, or anywhere near.
func locate(y, line []int16, at int, alike float64, anywhere bool) (found bool, where int) {
	if correlation(y, line[at:]) >= alike {
		return true, at
	}
	if !anywhere {
		return false, 0
	}
	best, end := foundAs, len(y)*4/5
	for i := max(0, at-search); i < min(len(line)-Frame, at+search); i++ {
		// The end of a frame tells most places apart.
		if correlation(y[end:], line[i+end:]) < goesOn {
			continue
		}
		if c := correlation(y, line[i:]); c > best {
			best, found, where = c, true, i
		}
	}
	return found, where
}

// correlation of y with the beginning of line, normalised.
func correlation(y, line []int16) float64 {
	var xy, xx, yy float64
	for i := range min(len(y), len(line)) {
		a, b := float64(y[i]), float64(line[i])
		xy, xx, yy = xy+a*b, xx+b*b, yy+a*a
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

func level(pcm []int16) float64 {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

// below returns how many dB y is below line.
func below(y, line []int16) float64 {
	l := level(y[:len(line)])
	if l == 0 {
		return 100
	}
	return 20 * math.Log10(level(line)/l)
}
