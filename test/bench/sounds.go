package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

	"parley/media"
)

const rate = 8000

// callerVoices are those of the program flite that the robot does not use.
var callerVoices = []string{"rms", "awb", "kal16"}

// sound is something that a caller utters.
type sound struct {
	name  string
	pcm   []int16
	onset int // the first sample above the threshold
	end   int // the last one
}

// audible is the threshold of onset and end: -40 dBFS.
const audible = 328

func newSound(name string, pcm []int16) sound {
	s := sound{name: name, pcm: pcm, onset: -1}
	for i, v := range pcm {
		if v > audible || v < -audible {
			if s.onset < 0 {
				s.onset = i
			}
			s.end = i
		}
	}
	s.onset = max(s.onset, 0)
	return s
}

// shifted returns s with so many samples of silence before it, so that its
// onset falls anywhere within a frame.
func (s sound) shifted(n int) sound {
	return sound{s.name, append(make([]int16, n), s.pcm...), s.onset + n, s.end + n}
}

// say has flite speak a text.
func say(ctx context.Context, dir, voice, text string) (sound, error) {
	file := filepath.Join(dir, "said.wav")
	defer os.Remove(file)
	if out, err := exec.CommandContext(ctx, "flite", "-voice", voice, "-t", text, "-o", file).CombinedOutput(); err != nil {
		return sound{}, fmt.Errorf("the program flite (apt-get install flite): %w %s", err, out)
	}
	pcm, err := media.LoadSound(file, rate)
	if err != nil {
		return sound{}, err
	}
	return newSound(voice+": "+text, pcm), nil
}

// sayAll has every voice speak every text.
func sayAll(ctx context.Context, texts []string) ([]sound, error) {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var all []sound
	for _, text := range texts {
		for _, voice := range callerVoices {
			s, err := say(ctx, dir, voice, text)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// noise makes so many samples of a colour at a level (dBFS of its RMS).
func noise(r *rand.Rand, colour string, n int, level float64) sound {
	x := make([]float64, n)
	var brown float64
	var pink [3]float64
	for i := range x {
		w := r.NormFloat64()
		switch colour {
		case "white":
			x[i] = w
		case "brown":
			brown = 0.98*brown + w
			x[i] = brown
		case "pink": // Paul Kellet's economical filter
			pink[0] = 0.99765*pink[0] + w*0.0990460
			pink[1] = 0.96300*pink[1] + w*0.2965164
			pink[2] = 0.57000*pink[2] + w*1.0526913
			x[i] = pink[0] + pink[1] + pink[2] + w*0.1848
		}
	}
	return newSound(fmt.Sprintf("%s noise at %.0f dBFS", colour, level), scaled(x, level))
}

// click is 50 ms of something knocked over: noise that dies away.
func click(r *rand.Rand, level float64) sound {
	x := make([]float64, rate/20)
	for i := range x {
		x[i] = r.NormFloat64() * math.Exp(-float64(i)/(rate*0.012))
	}
	return newSound(fmt.Sprintf("click at %.0f dBFS", level), scaled(x, level))
}

// scaled brings x to a level of its RMS.
func scaled(x []float64, level float64) []int16 {
	var energy float64
	for _, v := range x {
		energy += v * v
	}
	gain := 32768 * math.Pow(10, level/20) / math.Sqrt(energy/float64(len(x)))
	pcm := make([]int16, len(x))
	for i, v := range x {
		pcm[i] = int16(min(max(v*gain, -32768), 32767))
	}
	return pcm
}

// brokenOff returns s up to the middle of its loudest 100 ms: a voice that
// ends beyond doubt.
func (s sound) brokenOff() sound {
	const span = rate / 10
	best, most := 0, 0.0
	for at := s.onset + 2*rate/10; at+span < len(s.pcm); at += span / 2 {
		var e float64
		for _, v := range s.pcm[at : at+span] {
			e += float64(v) * float64(v)
		}
		if e > most {
			best, most = at+span/2, e
		}
	}
	if best == 0 {
		return s
	}
	return newSound(s.name+" (broken off)", s.pcm[:best])
}
