package rtp

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"parley/media"
)

// plain is linear PCM as a codec, so that a test can tell every sample.
type plain struct{ media.Codec }

func (plain) Name() string            { return "L16" }
func (plain) Samples(data []byte) int { return len(data) / 2 }
func (plain) Decode(pcm []int16, data []byte) int {
	for i := range len(data) / 2 {
		pcm[i] = int16(binary.BigEndian.Uint16(data[2*i:]))
	}
	return len(data) / 2
}

// numbered returns n samples that count up from first; none is 0.
func numbered(first, n int) []byte {
	data := make([]byte, 2*n)
	for i := range n {
		binary.BigEndian.PutUint16(data[2*i:], uint16(first+i))
	}
	return data
}

func newPlayout() *playout {
	p := &playout{codec: plain{media.PCMU}}
	p.setUp(8000, 320, 960)
	return p
}

// pullPlain pulls a frame in which every sample put in is 0.
func pullPlain(p *playout) (pcm [160]int16, mark media.Mark) {
	p.conceal.Hear(make([]int16, 160)) // what is put in is 0
	mark = p.pull(pcm[:])
	return pcm, mark
}

// Whatever is lost, doubled, delayed and turned round: each tick gives one
// frame, and no sample comes twice or before an earlier one.
func TestPlayoutKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlayout()
		size := rapid.SampledFrom([]int{80, 160, 240, 320, 480}).Draw(t, "size")
		count := rapid.IntRange(1, 30000/size).Draw(t, "packets")
		origin := rapid.Uint32().Draw(t, "timestamp")
		start := rapid.Uint16().Draw(t, "sequence")
		arrivals := make(map[int][]int) // tick → packets
		for i := range count {
			for range rapid.SampledFrom([]int{1, 1, 1, 1, 1, 1, 0, 2}).Draw(t, "copies") {
				delay := rapid.SampledFrom([]int{0, 0, 0, 0, 1, 1, 2, 3, 5, 30}).Draw(t, "delay")
				at := i*size/160 + delay
				arrivals[at] = append(arrivals[at], i)
			}
		}
		var seq sequence
		newest := 0
		for tick := range count*size/160 + 60 {
			for _, i := range arrivals[tick] {
				v := seq.note(start + uint16(i))
				if v == duplicate || v == ancient {
					continue
				}
				p.put(origin+uint32(i*size), numbered(1+i*size, size), v == fresh, false)
			}
			pcm, mark := pullPlain(p)
			played := 0
			for _, v := range pcm {
				if v == 0 {
					continue
				}
				played++
				if int(uint16(v)) <= newest {
					t.Fatalf("tick %d: sample %d after %d", tick, uint16(v), newest)
				}
				newest = int(uint16(v))
			}
			if mark == media.Heard && played < 80 || mark != media.Heard && played > 80 {
				t.Fatalf("tick %d is %s with %d samples played", tick, mark, played)
			}
			if len(p.order)+len(p.free) != slotCount || p.held > limitFrames*160 {
				t.Fatalf("tick %d: %d slots in use, %d free, %d samples held", tick, len(p.order), len(p.free), p.held)
			}
		}
	})
}

// A wire that delays by no more than a frame loses nothing once playing.
func TestPlayoutAbsorbsJitter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlayout()
		late := rapid.SliceOfN(rapid.Bool(), 200, 200).Draw(t, "late")
		arrivals := make([][]int, 202)
		for i := range 200 {
			at := i
			if late[i] {
				at++
			}
			arrivals[at] = append(arrivals[at], i)
		}
		newest := 0
		for tick, in := range arrivals {
			for _, i := range in {
				p.put(uint32(i*160), numbered(1+i*160, 160), true, false)
			}
			pcm, _ := pullPlain(p)
			for _, v := range pcm {
				if v == 0 && newest > 0 && tick < 200 {
					t.Fatalf("tick %d: silence after sample %d", tick, newest)
				}
				if v != 0 && int(uint16(v)) != newest+1 {
					t.Fatalf("tick %d: sample %d after %d", tick, uint16(v), newest)
				}
				newest = max(newest, int(uint16(v)))
			}
		}
	})
}

func TestLossIsConcealedThenGap(t *testing.T) {
	p := newPlayout()
	for i := range 3 {
		p.put(uint32(160*i), numbered(1000, 160), true, false)
	}
	var got []media.Mark
	var pcm [160]int16
	for range 8 {
		got = append(got, p.pull(pcm[:]))
		if last := got[len(got)-1]; last == media.Concealed && pcm[0] == 0 {
			t.Error("a concealed frame is silent")
		}
	}
	want := []media.Mark{media.Heard, media.Heard, media.Heard, media.Concealed, media.Concealed, media.Concealed, media.Gap, media.Gap}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("frames are %v, want %v", got, want)
		}
	}
}

func TestOneLostPacketMovesNothing(t *testing.T) {
	p := newPlayout()
	for i := range 20 {
		if i != 10 {
			p.put(uint32(160*i), numbered(1+i*160, 160), true, false)
		}
		pcm, mark := pullPlain(p)
		played := i - 1 // the run-up is one tick
		switch {
		case played < 0:
		case played == 10:
			if mark != media.Concealed {
				t.Errorf("the lost frame is %s", mark)
			}
		case int(pcm[0]) != 1+played*160:
			t.Errorf("tick %d begins with sample %d, want %d", i, pcm[0], 1+played*160)
		}
	}
}

// drift runs n ticks of a source whose clock is off by one frame in every
// frames, and returns the largest depth after the start.
func drift(p *playout, n, every int, fast bool) (deepest int) {
	sent := 0
	send := func() {
		p.put(uint32(160*sent), numbered(8000, 160), true, false)
		sent++
	}
	var pcm [160]int16
	for tick := range n {
		switch {
		case tick%every != 0:
			send()
		case fast:
			send()
			send()
		}
		p.pull(pcm[:])
		if tick > 10 {
			deepest = max(deepest, p.held)
		}
	}
	return deepest
}

func TestFastSourceIsShed(t *testing.T) {
	p := newPlayout()
	deepest := drift(p, 5000, 200, true)
	if p.shed < 20 || p.shed > 30 || p.late != 0 {
		t.Errorf("%d frames shed and %d late of 25 too many", p.shed, p.late)
	}
	if deepest > p.target+4*160 {
		t.Errorf("up to %d samples held", deepest)
	}
}

func TestSlowSourceIsFilledUp(t *testing.T) {
	p := newPlayout()
	drift(p, 5000, 200, false)
	if p.concealed < 20 || p.concealed > 27 || p.late != 0 || p.shed != 0 {
		t.Errorf("%d frames put in, %d late, %d shed; want about 25, 0, 0", p.concealed, p.late, p.shed)
	}
}

// After a stall the burst plays, and what it added to the delay goes again.
func TestBurstAfterStallDrains(t *testing.T) {
	p := newPlayout()
	next := 0
	var pcm [160]int16
	for tick := range 300 {
		if tick < 50 || tick >= 65 {
			for next <= tick {
				p.put(uint32(160*next), numbered(8000, 160), true, false)
				next++
			}
		}
		p.pull(pcm[:])
		if tick == 66 && p.held < 5*160 {
			t.Errorf("%d samples held after the burst: it was thrown away", p.held)
		}
	}
	if p.held > p.target+160 {
		t.Errorf("%d samples held long after the burst, want about %d", p.held, p.target)
	}
}

func TestClockSetBackStartsAnew(t *testing.T) {
	for name, back := range map[string]uint32{"a little": 8000 / 2, "far": 8000 * 60} {
		p := newPlayout()
		heard := 0
		for i := range 60 {
			ts := uint32(1<<20 + 160*i)
			if i >= 30 {
				ts -= back
			}
			p.put(ts, numbered(1, 160), true, false)
			if _, mark := pullPlain(p); mark == media.Heard && i >= 30 {
				heard++
			}
		}
		if heard < 20 {
			t.Errorf("set back %s: %d of 30 frames heard afterwards", name, heard)
		}
	}
}
