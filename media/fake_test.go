package media_test

import (
	"parley/media"
)

// fake is a Stream whose party says the frames in says, and which keeps what
// is written.
type fake struct {
	rate    int
	says    [][]int16
	endless bool // gaps follow says, else the end
	heard   [][]int16
	in, out []media.Digit
}

func (f *fake) Rate() int { return f.rate }

func (f *fake) ReadFrame(pcm []int16) media.Mark {
	clear(pcm)
	if len(f.says) == 0 {
		if f.endless {
			return media.Gap
		}
		return media.End
	}
	copy(pcm, f.says[0])
	f.says = f.says[1:]
	return media.Heard
}

func (f *fake) WriteFrame(pcm []int16) {
	if pcm != nil {
		pcm = append([]int16(nil), pcm...)
	}
	f.heard = append(f.heard, pcm)
}

func (f *fake) ReadDigit() (d media.Digit, ok bool) {
	if len(f.in) == 0 {
		return d, false
	}
	d, f.in = f.in[0], f.in[1:]
	return d, true
}

func (f *fake) WriteDigit(d media.Digit) bool {
	f.out = append(f.out, d)
	return true
}

// say appends n frames of level v, v+1, and so on.
func (f *fake) say(v, n int) *fake {
	for i := range n {
		f.says = append(f.says, flat(f.rate, v+i))
	}
	return f
}

// flat returns a frame whose samples are all v.
func flat(rate, v int) []int16 {
	pcm := make([]int16, media.FrameSize(rate))
	for i := range pcm {
		pcm[i] = int16(v)
	}
	return pcm
}
