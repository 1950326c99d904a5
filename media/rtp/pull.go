package rtp

import "parley/media"

// pull fills pcm with the next frame.
func (p *playout) pull(pcm []int16) media.Mark {
	p.ticks++
	if !p.playing && !p.ready() {
		return p.gap(pcm)
	}
	depth := p.held + len(p.rest)
	mark := p.play(pcm)
	if p.shedNow(depth, pcm) {
		p.shed++
		mark = p.play(pcm)
	}
	return mark
}

// ready says whether enough is held to start playing, and starts.
func (p *playout) ready() bool {
	if len(p.order) == 0 {
		p.waited = 0
		return false
	}
	p.waited++
	if p.held < p.target && p.waited*p.frame < p.target {
		return false
	}
	p.playing, p.waited, p.dry = true, 0, 0
	first := p.packets[p.order[0]].pos
	if !p.begun || first > p.next {
		p.next = first
	}
	p.begun = true
	p.least, p.watched = p.held, 0
	return true
}

// play fills pcm from the packets held and puts something in where they lack.
func (p *playout) play(pcm []int16) media.Mark {
	filled, heard := 0, 0
	for filled < len(pcm) {
		if len(p.rest) > 0 {
			n := copy(pcm[filled:], p.rest)
			p.rest = p.rest[n:]
			filled += n
			heard += n
			continue
		}
		hole, dry := p.decode()
		switch {
		case dry && p.quiet:
			p.playing = false
			clear(pcm[filled:])
			filled = len(pcm)
		case dry:
			p.dry += len(pcm) - filled
			p.conceal.Fill(pcm[filled:])
			filled = len(pcm)
			if p.dry >= media.ConcealFrames*p.frame {
				p.playing = false // run-up before the next talk spurt
			}
		case hole > 0:
			n := min(hole, len(pcm)-filled)
			p.conceal.Fill(pcm[filled : filled+n])
			p.next += int64(n)
			filled += n
		}
	}
	return p.judge(pcm, heard)
}

// judge marks a frame of which heard samples are the party's own.
func (p *playout) judge(pcm []int16, heard int) media.Mark {
	switch {
	case heard == len(pcm):
		p.conceal.Hear(pcm)
		return media.Heard
	case 2*heard >= len(pcm):
		return media.Heard
	case p.conceal.Exhausted() || p.quiet:
		p.gaps++
		return media.Gap
	}
	p.concealed++
	return media.Concealed
}

func (p *playout) gap(pcm []int16) media.Mark {
	clear(pcm)
	p.gaps++
	return media.Gap
}

// decode makes rest of the next packet. Otherwise it says how many samples
// are missing before that one, or that there is none.
func (p *playout) decode() (hole int, dry bool) {
	if len(p.order) == 0 {
		return 0, true
	}
	first := p.packets[p.order[0]].pos
	if p.dry > 0 {
		// What was put in while the buffer was dry counts against the hole.
		p.next = max(p.next, min(first, p.next+int64(p.dry)))
		p.dry = 0
	}
	if first > p.next {
		if missing := first - p.next; missing <= int64(maxHole*p.frame) {
			return int(missing), false
		}
		p.next = first
	}
	slot, head := p.pop()
	n := p.codec.Decode(p.decoded, p.slot(slot)[:head.size])
	p.rest = p.decoded[:n]
	if over := p.next - first; over > 0 { // its beginning was played already
		p.rest = p.rest[min(over, int64(n)):]
	}
	p.next = max(p.next, first+int64(n))
	return 0, false
}

// shedNow says whether the frame just played is to be left out because the
// buffer is deeper than it need be: the source's clock is fast, or a burst
// has come. It prefers a quiet frame.
func (p *playout) shedNow(depth int, pcm []int16) bool {
	if p.least = min(p.least, depth); p.watched == 0 {
		p.least = depth
	}
	p.watched++
	excess := p.least - p.target
	if p.watched >= driftWindow || p.watched >= burstWindow && excess >= 2*p.frame {
		if excess >= p.frame && p.shedIn == 0 {
			p.shedIn = quietPatience
		}
		p.watched = 0
	}
	if depth < p.target+p.frame || p.held+len(p.rest) < p.frame {
		p.shedIn = 0
		return false
	}
	if depth > p.target+ceilingFrames*p.frame && p.ticks%shedEvery == 0 {
		return true
	}
	if p.shedIn == 0 {
		return false
	}
	if p.shedIn--; p.shedIn > 0 && !quiet(pcm) {
		return false
	}
	p.shedIn = 0
	return true
}

// quiet says whether leaving pcm out will hardly be heard.
func quiet(pcm []int16) bool {
	const peak = 300 // about -40 dBFS
	for _, s := range pcm {
		if s > peak || s < -peak {
			return false
		}
	}
	return true
}
