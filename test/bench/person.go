package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"parley/media"
)

// person is a caller with a plan: it hears when the robot speaks and utters
// sounds, and knows the time of each on its own wire.
type person struct {
	phone  *phone
	dialog *dialog
	bank   *bank
	random *rand.Rand
	hiss   float64 // RMS of the caller's room, in samples

	mu      sync.Mutex
	out     []int16 // still to be said
	sent    int     // samples of the sound that went out
	onset   int     // of the sound, in samples
	end     int
	onsetAt int64 // ns, CLOCK_REALTIME; 0: not yet
	endAt   int64
	frames  []robotFrame // of the robot, the audible ones
	since   int64        // when the robot began to speak
	last    int64        // when its last audible frame came
	newest  int64        // when its last frame came, audible or not
	pcm     [160]int16
}

// robotFrame is an audible frame of the robot.
type robotFrame struct{ at int64 }

// loud is what makes a frame of the robot audible: anything that is not the
// silence of the codec.
const loud = 24

// pauseTime is how long the robot must be silent to have stopped speaking.
const pauseTime = 400 * time.Millisecond

// dialIn makes a person who has called user.
func dialIn(ctx context.Context, x *exchange, b *bank, user string, r *rand.Rand, hiss float64) (*person, error) {
	p := &person{bank: b, random: r, hiss: hiss}
	var err error
	if p.phone, err = newPhone(); err != nil {
		return nil, err
	}
	p.phone.say, p.phone.heard = p.say, p.heard
	if p.dialog, err = x.call(ctx, user, p.phone.port); err != nil {
		return nil, err
	}
	if err := p.phone.connect(p.dialog.remote); err != nil {
		return nil, err
	}
	b.add(p.phone)
	return p, nil
}

func (p *person) leave(ctx context.Context) {
	p.dialog.hangup(ctx)
	p.bank.remove(p.phone)
	p.phone.close()
}

// say is the phone's: the next frame of the sound, over the room's hiss.
func (p *person) say(payload []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.pcm {
		p.pcm[i] = int16(p.random.NormFloat64() * p.hiss)
	}
	n := min(len(p.pcm), len(p.out))
	for i, v := range p.out[:n] {
		p.pcm[i] = int16(min(max(int(p.pcm[i])+int(v), -32768), 32767))
	}
	media.PCMU.Encode(payload, p.pcm[:])
	if n == 0 {
		return
	}
	now := time.Now().UnixNano() // the packet goes out next
	from := p.sent
	p.sent += n
	p.out = p.out[n:]
	if p.onset >= from && p.onset < p.sent {
		p.onsetAt = now
	}
	if p.end >= from && p.end < p.sent {
		p.endAt = now
	}
}

// heard is the phone's.
func (p *person) heard(payload []byte, _ uint32, at int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.newest = at
	n := media.PCMU.Decode(p.pcm[:], payload[:min(len(payload), 160)])
	for _, v := range p.pcm[:n] {
		if v > loud || v < -loud {
			if at-p.last > int64(pauseTime) {
				p.since = at
			}
			p.last = at
			p.frames = append(p.frames, robotFrame{at})
			return
		}
	}
}

// utter begins a sound.
func (p *person) utter(s sound) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out, p.sent, p.onset, p.end, p.onsetAt, p.endAt = s.pcm, 0, s.onset, s.end, 0, 0
}

var (
	errHungUp  = errors.New("the other side hung up")
	errPatient = errors.New("what was waited for did not come")
)

// until waits until what is asked of the person is true. now is when the
// newest packet of the robot came.
func (p *person) until(ctx context.Context, patience time.Duration, true func(now int64) bool) error {
	for deadline := time.Now().Add(patience); ; {
		p.mu.Lock()
		ok := true(p.newest) // as the wire tells it: a late reader sees no silence where there was none
		p.mu.Unlock()
		switch {
		case ok:
			return nil
		case time.Now().After(deadline):
			return errPatient
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-p.dialog.ended:
			return errHungUp
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// spokenTo waits until the robot has been speaking for a time without pause.
func (p *person) spokenTo(ctx context.Context, d, patience time.Duration) error {
	return p.until(ctx, patience, func(now int64) bool {
		return now-p.last < int64(pauseTime)/2 && p.last-p.since >= int64(d)
	})
}

// silenced waits until the robot has stopped since the sound's onset; at is
// when its last audible frame came.
func (p *person) silenced(ctx context.Context, patience time.Duration) (at int64, err error) {
	err = p.until(ctx, patience, func(now int64) bool {
		at = p.last
		return p.onsetAt > 0 && now-p.last >= int64(pauseTime) && now-p.onsetAt >= int64(pauseTime)
	})
	return at, err
}

// said waits until the sound has gone out.
func (p *person) said(ctx context.Context) error {
	return p.until(ctx, 30*time.Second, func(int64) bool { return len(p.out) == 0 && p.endAt > 0 })
}
