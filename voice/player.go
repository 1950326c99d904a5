package voice

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/media"
	"parley/speech"
)

// aheadSeconds bounds how far the voice may be ahead of the wire.
const aheadSeconds = 5

// errUnsaid tells the voice that nobody wants its audio any more.
var errUnsaid = errors.New("the answer was cancelled")

// player holds the robot's lines until the tick plays them. The voice appends
// audio, the owner cancels, the tick pulls; a mutex holds for a few copies.
// Once cancel has returned, no frame of a cancelled epoch is pulled.
type player struct {
	rate  int
	clock media.Clock
	// notify gets a line's start and end. It must not block.
	notify func(played)

	mu    sync.Mutex
	room  sync.Cond
	lines []*line
	floor int // epochs below are cancelled
	gain  gain
	// murmur is mixed in while no line is played.
	murmur []int16
}

// line is one line's audio as far as it is made and not yet played.
type line struct {
	epoch, number int
	text          string
	pcm           []int16
	marks         []speech.Mark
	complete      bool
	played        int64
	started       bool
	filler        bool          // nobody asked for it, and nobody is told
	from          time.Duration // when its first frame was played
}

// played tells that a line started, or that it is over.
type played struct {
	epoch, line  int
	done         bool
	from         time.Duration // when its first frame was played, by the clock
	heard, meant string        // with done: what the caller heard, of what text
}

func newPlayer(rate int, clock media.Clock, notify func(played)) *player {
	p := &player{rate: rate, clock: clock, notify: notify}
	p.room.L = &p.mu
	return p
}

// add queues a line, whose audio comes by feed.
func (p *player) add(epoch, number int, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if epoch >= p.floor {
		p.lines = append(p.lines, &line{epoch: epoch, number: number, text: text})
	}
}

func (p *player) find(epoch, number int) *line {
	for _, l := range p.lines {
		if l.epoch == epoch && l.number == number {
			return l
		}
	}
	return nil
}

// feed appends audio to a line, and waits while there is too much of it. It
// returns errUnsaid once the line is cancelled.
func (p *player) feed(ctx context.Context, epoch, number int, c speech.Chunk) error {
	stop := context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.room.Broadcast()
	})
	defer stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		l := p.find(epoch, number)
		if l == nil || ctx.Err() != nil {
			return errUnsaid
		}
		if len(l.pcm) < aheadSeconds*p.rate {
			l.pcm = append(l.pcm, c.PCM...)
			l.marks = append(l.marks, c.Marks...)
			return nil
		}
		p.room.Wait()
	}
}

// finish says that all of a line's audio has been fed.
func (p *player) finish(epoch, number int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.find(epoch, number); l != nil {
		l.complete = true
	}
}

// drop removes a line that cannot be spoken to its end. ok is false if it is
// not there any more.
func (p *player) drop(epoch, number int) (over played, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, l := range p.lines {
		if l.epoch == epoch && l.number == number {
			p.lines = append(p.lines[:i], p.lines[i+1:]...)
			return l.over(), true
		}
	}
	return played{}, false
}

// cancel drops every line of epoch and before. ok tells whether one of them
// was being played, and over what of it was heard.
func (p *player) cancel(epoch int) (over played, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.floor = max(p.floor, epoch+1)
	kept := p.lines[:0]
	for _, l := range p.lines {
		if l.epoch > epoch {
			kept = append(kept, l)
		} else if l.started && !l.filler {
			over, ok = l.over(), true
		}
	}
	clear(p.lines[len(kept):])
	p.lines, p.murmur = kept, nil
	p.gain.reset()
	p.room.Broadcast()
	return over, ok
}

// fill puts a phrase before the lines of epoch, unless one of them is being
// played.
func (p *player) fill(epoch int, pcm []int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if epoch < p.floor || len(p.lines) > 0 && p.lines[0].started {
		return
	}
	p.lines = append([]*line{{epoch: epoch, pcm: pcm, complete: true, filler: true}}, p.lines...)
}

// hum plays a phrase at once, if no line is there; the first line that comes ends
// it.
func (p *player) hum(pcm []int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines) == 0 {
		p.murmur = pcm
	}
}

// level changes how loud the lines of an epoch are, from the next frame on.
func (p *player) level(epoch int, to float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if epoch >= p.floor {
		p.gain.to(to)
	}
}

// pull fills dst with the next frame to play and reports whether there is
// one. It is the tick's: it does not allocate and does not wait for audio.
func (p *player) pull(dst []int16) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines) == 0 && len(p.murmur) > 0 {
		n := copy(dst, p.murmur)
		clear(dst[n:])
		p.murmur = p.murmur[n:]
		return true
	}
	for len(p.lines) > 0 && !p.gain.held() {
		l := p.lines[0]
		if len(l.pcm) < len(dst) && !l.complete {
			return false // the voice is slower than the wire
		}
		if len(l.pcm) == 0 {
			p.end(l)
			continue
		}
		p.murmur = nil
		n := copy(dst, l.pcm)
		clear(dst[n:])
		p.gain.apply(dst)
		l.pcm = l.pcm[n:]
		l.played += int64(n)
		p.start(l)
		if l.complete && len(l.pcm) == 0 {
			p.end(l)
		}
		p.room.Broadcast()
		return true
	}
	return false
}

func (p *player) start(l *line) {
	if !l.started {
		l.started, l.from = true, p.clock.Now()
		if l.filler {
			return
		}
		p.notify(played{epoch: l.epoch, line: l.number, from: l.from})
	}
}

func (p *player) end(l *line) {
	p.start(l) // an empty line starts and ends at once
	p.lines = p.lines[1:]
	if !l.filler {
		p.notify(l.over())
	}
}

func (l *line) over() played {
	return played{epoch: l.epoch, line: l.number, done: true, from: l.from, heard: l.heard(), meant: l.text}
}

// heard returns the words whose last sample has been played.
func (l *line) heard() string {
	if l.complete && len(l.pcm) == 0 {
		return l.text
	}
	end := 0
	for _, m := range l.marks {
		if m.Sample <= l.played {
			end = max(end, min(m.Byte, len(l.text)))
		}
	}
	return l.text[:end]
}
