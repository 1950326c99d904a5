package rtp

import "parley/media"

// Bounds of the jitter buffer, in frames of 20 ms unless said otherwise.
const (
	slotCount     = 32 // packets held at most
	ceilingFrames = 6  // above target: shed a frame every shedEvery ticks
	shedEvery     = 4
	limitFrames   = 20  // held audio is never more than this: the oldest goes
	driftWindow   = 100 // ticks over which the least depth is taken
	burstWindow   = 25  // the same, when two frames or more are to be shed
	quietPatience = 25  // ticks to wait for a quiet frame to shed
	maxHole       = 10  // a longer hole in the timestamps is jumped over
	lateLimit     = 5   // late packets in a row that mean a new time line
)

// packet is one slot of the buffer.
type packet struct {
	pos     int64 // of its first sample on the source's time line
	samples int
	size    int // bytes of payload
}

// playout is the jitter buffer: packets go in as they come, one frame comes
// out per tick, in the order of their timestamps. No sample is played twice.
//
// Playing starts when the target depth is held. When the buffer runs dry,
// frames are put in without moving on, so late audio still plays and the depth
// grows back; when it stays too deep, a frame is left out.
type playout struct {
	codec  media.Codec
	frame  int // samples per tick
	target int // samples to hold before playing

	packets  [slotCount]packet
	payloads []byte // slotCount slots of slotSize bytes; nil before the first packet
	slotSize int
	order    []uint8 // slots in use, by position
	free     []uint8
	held     int // samples in them

	decoded []int16 // room for the longest packet; nil before the first
	rest    []int16 // the part of decoded that is not played yet

	begun     bool  // a time line is known
	last      int64 // newest extended timestamp
	next      int64 // position after rest: what is decoded next
	playing   bool
	waited    int  // ticks that audio has waited for the target depth
	dry       int  // samples put in since the buffer ran dry
	quiet     bool // the source said that nothing follows
	lateInRow int

	conceal *media.Concealer

	// Depth watch.
	least, watched int
	shedIn         int // ticks left to find a quiet frame to shed; 0 is off
	ticks          uint

	late, shed, concealed, gaps uint64
}

// setUp gives the buffer its memory. longest is the largest payload, in bytes.
func (p *playout) setUp(rate, target, longest int) {
	p.frame = media.FrameSize(rate)
	p.target = target
	p.slotSize = longest
	p.order = make([]uint8, 0, slotCount)
	p.free = make([]uint8, 0, slotCount)
	p.conceal = media.NewConcealer(rate)
	p.reset()
}

// longest is how many samples a packet may have.
func (p *playout) longest() int { return maxPacketFrames * p.frame }

// reset forgets the time line and everything held.
func (p *playout) reset() {
	p.order, p.free = p.order[:0], p.free[:0]
	for i := range slotCount {
		p.free = append(p.free, uint8(i))
	}
	p.held, p.rest = 0, nil
	p.begun, p.playing, p.quiet = false, false, false
	p.waited, p.dry, p.lateInRow = 0, 0, 0
	p.least, p.watched, p.shedIn = 0, 0, 0
}

// put takes the payload of a packet. isNew says that its sequence number is
// the newest, marker that it begins a talk spurt.
func (p *playout) put(timestamp uint32, payload []byte, isNew, marker bool) {
	samples := p.codec.Samples(payload)
	pos := p.position(timestamp, isNew)
	if p.begun && pos+int64(samples) <= p.next {
		p.late++
		if isNew {
			if p.lateInRow++; p.lateInRow >= lateLimit {
				p.reset() // its clock was set back; start anew with the next
			}
		}
		return
	}
	p.lateInRow = 0
	if marker && p.dry > 0 && len(p.order) == 0 {
		p.playing = false // a talk spurt begins: take a fresh run-up
	}
	p.quiet = false
	for len(p.free) == 0 || p.held+samples > limitFrames*p.frame && len(p.order) > 0 {
		p.dropOldest()
	}
	p.insert(pos, samples, payload)
}

// position returns where timestamp lies on the source's time line, in samples.
func (p *playout) position(timestamp uint32, isNew bool) int64 {
	clock := int64(p.codec.Clock())
	extended := int64(timestamp)
	if p.last != 0 {
		extended = p.last + int64(int32(timestamp-uint32(p.last)))
	}
	if p.begun && isNew && extended < p.last-clock {
		p.reset() // the time line jumped back by more than a second
	}
	if !p.begun && len(p.order) == 0 {
		// One cycle up, so that what comes before the first stays positive.
		extended = 1<<32 + int64(timestamp)
		p.last = extended
	}
	p.last = max(p.last, extended)
	return extended * int64(p.codec.Rate()) / clock
}

func (p *playout) insert(pos int64, samples int, payload []byte) {
	at := len(p.order)
	for at > 0 && p.packets[p.order[at-1]].pos >= pos {
		at--
	}
	if at < len(p.order) && p.packets[p.order[at]].pos == pos {
		return // the same audio under another number
	}
	if p.payloads == nil {
		p.payloads = borrowPayloads(slotCount * p.slotSize)
		p.decoded = make([]int16, p.longest())
	}
	slot := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	p.order = append(p.order, 0)
	copy(p.order[at+1:], p.order[at:])
	p.order[at] = slot
	p.packets[slot] = packet{pos: pos, samples: samples, size: copy(p.slot(slot), payload)}
	p.held += samples
}

func (p *playout) slot(i uint8) []byte {
	return p.payloads[int(i)*p.slotSize : (int(i)+1)*p.slotSize]
}

// pop takes the first packet out of the order.
func (p *playout) pop() (uint8, packet) {
	slot := p.order[0]
	p.order = p.order[:copy(p.order, p.order[1:])]
	p.free = append(p.free, slot)
	p.held -= p.packets[slot].samples
	return slot, p.packets[slot]
}

// dropOldest makes room; what it held will not be played.
func (p *playout) dropOldest() {
	_, oldest := p.pop()
	if p.begun {
		p.next = max(p.next, oldest.pos+int64(oldest.samples))
	}
	p.late++
}
