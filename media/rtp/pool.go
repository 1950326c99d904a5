package rtp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"parley/media"
)

// ErrNoPorts means that every port of a Pool is in use or resting.
var ErrNoPorts = errors.New("rtp: no free port")

// portRest is how long a port is left alone after use, so that a caller who
// talks on is not heard in somebody else's call.
const portRest = 30 * time.Second

// Pool owns a range of UDP ports on one address. Each session takes an even
// one; the odd one above it is RTCP's. It is safe for concurrent use.
type Pool struct {
	addr     netip.Addr
	min, max uint16
	jitter   time.Duration // of sessions that name none

	mu   sync.Mutex
	next uint16
	free map[uint16]time.Time // when a port that was used may be used again; taken ports have the zero time
}

// NewPool makes a pool of the even ports from min to max, both included, on
// addr, an IPv4 or IPv6 address of this machine or the unspecified one.
func NewPool(addr netip.Addr, min, max uint16) (*Pool, error) {
	addr = addr.Unmap()
	first := min + min%2
	if !addr.IsValid() || min == 0 || first < min || first > max {
		return nil, fmt.Errorf("rtp ports %d to %d on %s: want a range with an even port and a valid address", min, max, addr)
	}
	p := &Pool{addr: addr, min: first, max: max - max%2, free: make(map[uint16]time.Time)}
	p.next = p.min + 2*uint16(rand.IntN(p.size()))
	return p, nil
}

// size is the number of sessions that the pool has ports for.
func (p *Pool) size() int { return int(p.max-p.min)/2 + 1 }

// Options say what a session is like for all of its life.
type Options struct {
	// Rate of the Stream in Hz; 0 means 8000.
	Rate int
	// Jitter is how much audio is held before playing; 0 means 40 ms.
	Jitter time.Duration
	// Quiet sends nothing while there is nothing to say. By default silence
	// is sent, which keeps address translation and the peer's time-outs calm.
	Quiet bool
}

func (o Options) withDefaults() Options {
	if o.Rate == 0 {
		o.Rate = 8000
	}
	if o.Jitter == 0 {
		o.Jitter = 2 * media.FrameTime
	}
	o.Jitter = min(o.Jitter, maxJitter)
	return o
}

// Open binds the next free port. The session carries nothing until an Epoch
// is bound to it. Error: ErrNoPorts, or what binding said.
func (p *Pool) Open(o Options) (*Session, error) {
	if o.Jitter == 0 {
		o.Jitter = p.jitter
	}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.size() {
		port := p.next
		if p.next += 2; p.next > p.max || p.next < p.min {
			p.next = p.min
		}
		if ready, used := p.free[port]; used && (ready.IsZero() || now.Before(ready)) {
			continue
		}
		sock, err := listen(netip.AddrPortFrom(p.addr, port))
		if errors.Is(err, unix.EADDRINUSE) {
			continue // somebody else's
		}
		if err != nil {
			return nil, err
		}
		p.free[port] = time.Time{}
		return newSession(sock, o.withDefaults(), func() { p.release(port) }), nil
	}
	return nil, ErrNoPorts
}

func (p *Pool) release(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free[port] = time.Now().Add(portRest)
}
