package tone

import (
	"fmt"
	"slices"
	"time"
)

// Kind is what a call progress tone tells the caller.
type Kind uint8

const (
	// Ringback: the called party is being alerted.
	Ringback Kind = iota
	// Busy: the called party is on another call.
	Busy
	// Congestion: the network cannot carry the call (also: reorder).
	Congestion
	// Information: the number cannot be reached (special information tone).
	Information

	kinds
)

func (k Kind) String() string {
	return [...]string{"ringback", "busy", "congestion", "information"}[k]
}

// level of each frequency of a progress tone, in dBm0.
const level = -19

// segment is one part of a cadence: up to two frequencies in Hz, none for a
// pause.
type segment struct {
	hz     [2]float64
	length time.Duration
}

// on and off write cadences in milliseconds.
func on(ms int, hz ...float64) segment {
	s := segment{length: time.Duration(ms) * time.Millisecond}
	copy(s.hz[:], hz)
	return s
}

func off(ms int) segment { return on(ms) }

// special is the same everywhere (ITU-T E.180 §7).
var special = []segment{on(330, 950), on(330, 1400), on(330, 1800), off(1000)}

// plans are the tones of each country after the national tables of ITU-T
// E.180 supplement 2.
var plans = map[string][kinds][]segment{
	"us": {
		Ringback:    {on(2000, 440, 480), off(4000)},
		Busy:        {on(500, 480, 620), off(500)},
		Congestion:  {on(250, 480, 620), off(250)},
		Information: special,
	},
	"uk": {
		Ringback:    {on(400, 400, 450), off(200), on(400, 400, 450), off(2000)},
		Busy:        {on(375, 400), off(375)},
		Congestion:  {on(400, 400), off(350), on(225, 400), off(525)},
		Information: special,
	},
	"eu": {
		Ringback:    {on(1000, 425), off(4000)},
		Busy:        {on(500, 425), off(500)},
		Congestion:  {on(250, 425), off(250)},
		Information: special,
	},
	"de": {
		Ringback:    {on(1000, 425), off(4000)},
		Busy:        {on(480, 425), off(480)},
		Congestion:  {on(240, 425), off(240)},
		Information: special,
	},
}

// Countries names the plans that there are.
func Countries() []string {
	var names []string
	for name := range plans {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Progress plays a tone from its beginning, over and over. One goroutine uses
// it.
type Progress struct {
	rate  int
	plan  []segment
	at    int // segment that plays
	left  int // samples of it
	voice [2]oscillator
}

// NewProgress returns the tone of a country ("us", "uk", "eu", "de") at rate
// (Hz). Error: no such country.
func NewProgress(country string, k Kind, rate int) (*Progress, error) {
	plan, ok := plans[country]
	if !ok || k >= kinds {
		return nil, fmt.Errorf("%s tone of country %q: want one of %v", k, country, Countries())
	}
	p := &Progress{rate: rate, plan: plan[k]}
	p.begin(0)
	return p, nil
}

// begin starts a segment.
func (p *Progress) begin(at int) {
	p.at = at % len(p.plan)
	s := p.plan[p.at]
	p.left = int(int64(s.length) * int64(p.rate) / int64(time.Second))
	for i, hz := range s.hz {
		p.voice[i] = oscillator{}
		if hz > 0 {
			p.voice[i].tune(hz, level, p.rate)
		}
	}
}

// Fill puts the next samples into pcm.
func (p *Progress) Fill(pcm []int16) {
	for len(pcm) > 0 {
		n := min(p.left, len(pcm))
		for i := range pcm[:n] {
			pcm[i] = int16(p.voice[0].next() + p.voice[1].next())
		}
		if p.left -= n; p.left == 0 {
			p.begin(p.at + 1)
		}
		pcm = pcm[n:]
	}
}
