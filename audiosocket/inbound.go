package audiosocket

import (
	"parley/media"
)

const (
	// backlogFrames is how much audio a Conn holds at most; beyond it the
	// sender is held back by TCP.
	backlogFrames = 10
	// aheadFrames are left to ReadFrame; what is more is offered to ReadMore.
	aheadFrames = 2
	// morePerTick bounds what ReadMore gives in one tick.
	morePerTick = 2
	// At the end of a window of ticks whose least backlog, in frames, was above
	// its limit, all but one frame of it is left out at once: what a stall has
	// left delays every barge-in as long as it stays. Of a frame or two it
	// takes longer to be sure.
	briefWindow, briefAbove     = 25, 3
	lastingWindow, lastingAbove = 100, 1
)

// inbound makes frames at the session's rate of whatever the peer sends.
type inbound struct {
	rate, frame int

	ring       []int16 // samples at rate
	head, size int

	// Audio at another rate goes through blocks of 10 ms.
	resamplers [len(audioRates)]*media.Resampler
	blockRate  int
	block      []int16 // not yet resampled
	converted  []int16

	digits  media.DigitQueue
	conceal *media.Concealer
	missing int // ticks without a frame in a row
	more    int // frames given by ReadMore in this tick

	brief, lasting ebb

	stats Stats
	over  bool // the peer has hung up
}

// setUp gives the half its memory.
func (in *inbound) setUp(rate int) {
	in.rate, in.frame = rate, media.FrameSize(rate)
	in.ring = make([]int16, (backlogFrames+2)*in.frame)
	in.conceal = media.NewConcealer(rate)
	in.missing = media.ConcealFrames // nothing has been heard: gaps
}

// room is how many bytes of messages the ring takes for certain, whatever the
// rate of their audio; two frames are spare for what blocks have held back.
func (in *inbound) room() int {
	return len(in.ring) - in.size - 2*in.frame
}

// audio implements visitor.
func (in *inbound) audio(rate int, data []byte) {
	if rate != in.rate {
		in.convert(rate, data)
		return
	}
	for len(data) > 0 && in.size < len(in.ring) {
		at := (in.head + in.size) % len(in.ring)
		end := min(len(in.ring), at+len(in.ring)-in.size)
		n := min(end-at, len(data)/2)
		samples(in.ring[at:at+n], data[:2*n])
		in.size += n
		data = data[2*n:]
	}
}

// convert brings audio to the session's rate, block by block.
func (in *inbound) convert(rate int, data []byte) {
	kind, ok := indexOf(rate)
	if !ok {
		return
	}
	if in.blockRate != rate {
		in.blockRate = rate
		in.block = make([]int16, 0, rate/100)
		in.converted = make([]int16, 2*in.frame)
		if in.resamplers[kind] == nil {
			in.resamplers[kind], _ = media.NewResampler(rate, in.rate) // nil if it cannot
		}
	}
	r := in.resamplers[kind]
	if r == nil {
		in.stats.Unconverted++
		return
	}
	for len(data) > 0 {
		at := len(in.block)
		n := min(cap(in.block)-at, len(data)/2)
		in.block = in.block[:at+n]
		samples(in.block[at:], data[:2*n])
		data = data[2*n:]
		if len(in.block) == cap(in.block) {
			in.push(in.converted[:r.Process(in.converted, in.block)])
			in.block = in.block[:0]
		}
	}
}

func indexOf(rate int) (int, bool) {
	for i, r := range audioRates {
		if r == rate {
			return i, true
		}
	}
	return 0, false
}

// push appends samples; room has made sure that they fit.
func (in *inbound) push(pcm []int16) {
	for _, v := range pcm[:min(len(pcm), len(in.ring)-in.size)] {
		in.ring[(in.head+in.size)%len(in.ring)] = v
		in.size++
	}
}

// take moves len(pcm) samples out of the ring, which holds them.
func (in *inbound) take(pcm []int16) {
	n := copy(pcm, in.ring[in.head:])
	copy(pcm[n:], in.ring)
	in.head = (in.head + len(pcm)) % len(in.ring)
	in.size -= len(pcm)
}

// digit implements visitor.
func (in *inbound) digit(tone byte) {
	if !media.ValidTone(tone) {
		in.stats.Unknown++
		return
	}
	in.stats.DigitsIn++
	if !in.digits.Push(media.Digit{Tone: tone}) {
		in.stats.DigitsLost++
	}
}

// hangup implements visitor.
func (in *inbound) hangup() { in.over = true }

// next fills pcm with the tick's frame.
func (in *inbound) next(pcm []int16) media.Mark {
	in.more = 0
	depth := in.size
	switch {
	case in.size >= in.frame:
		in.take(pcm)
		for range in.surplus(depth) {
			in.stats.Shed++
			in.take(pcm)
		}
		in.missing = 0
		in.conceal.Hear(pcm)
		in.stats.FramesIn++
		return media.Heard
	case in.over && in.size > 0: // the last, incomplete frame
		n := in.size
		clear(pcm)
		in.take(pcm[:n])
		return media.Heard
	case in.over:
		clear(pcm)
		return media.End
	}
	in.restart()
	if in.missing++; in.missing > media.ConcealFrames {
		clear(pcm)
		in.stats.Gaps++
		return media.Gap
	}
	in.conceal.Fill(pcm)
	in.stats.Concealed++
	return media.Concealed
}

// surplus says how many frames are to be left out because the backlog has not
// been short for a while: the sender is ahead of us for good.
func (in *inbound) surplus(depth int) int {
	brief := in.brief.least(depth, briefWindow)
	lasting := in.lasting.least(depth, lastingWindow)
	if brief <= briefAbove*in.frame && lasting <= lastingAbove*in.frame {
		return 0
	}
	in.restart()
	return min(max(brief, lasting), in.size+in.frame)/in.frame - 1
}

// restart begins both windows anew.
func (in *inbound) restart() { in.brief, in.lasting = ebb{}, ebb{} }

// ebb finds the least backlog of windows of ticks.
type ebb struct{ low, ticks int }

// least takes a tick's backlog. At the end of a window it returns the least
// one of it, else 0.
func (e *ebb) least(depth, window int) int {
	if e.ticks == 0 || depth < e.low {
		e.low = depth
	}
	if e.ticks++; e.ticks < window {
		return 0
	}
	e.ticks = 0
	return e.low
}

// extra fills pcm with one more frame, if the sender is ahead.
func (in *inbound) extra(pcm []int16) bool {
	if in.size < (aheadFrames+1)*in.frame || in.more == morePerTick {
		return false
	}
	in.more++
	in.restart() // the reader catches up by itself
	in.take(pcm)
	in.conceal.Hear(pcm)
	in.stats.FramesIn++
	return true
}
