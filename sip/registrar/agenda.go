package registrar

import (
	"container/heap"
	"net/netip"
	"time"
)

// agenda is a heap of contacts by what is to be done next about each: its
// expiry, or an OPTIONS.
type agenda struct {
	list []*bound
	from map[netip.Addr]int // how many contacts have registered from there
}

var _ heap.Interface = (*agenda)(nil)

func (a *agenda) Len() int           { return len(a.list) }
func (a *agenda) Less(i, j int) bool { return a.list[i].at.Before(a.list[j].at) }

func (a *agenda) Swap(i, j int) {
	a.list[i], a.list[j] = a.list[j], a.list[i]
	a.list[i].index, a.list[j].index = i, j
}

// Push implements heap.Interface.
func (a *agenda) Push(x any) {
	b := x.(*bound)
	b.index = len(a.list)
	a.list = append(a.list, b)
	if a.from == nil {
		a.from = make(map[netip.Addr]int)
	}
	a.from[b.Source.Addr().Unmap()]++
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(a.list) - 1
	b := a.list[last]
	a.list[last] = nil
	a.list = a.list[:last]
	addr := b.Source.Addr().Unmap()
	if a.from[addr]--; a.from[addr] == 0 {
		delete(a.from, addr)
	}
	return b
}

// schedule puts down what comes first.
func (b *bound) schedule() {
	b.at = b.Expires
	if !b.probe.IsZero() && b.probe.Before(b.at) {
		b.at = b.probe
	}
}

// Due returns the contacts that are to get an OPTIONS now, and when to ask
// again; zero: when somebody has registered.
func (l *Location) Due(now time.Time) (ask []Contact, next time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.agenda.list) > 0 {
		b := l.agenda.list[0]
		if b.at.After(now) {
			return ask, b.at
		}
		if !b.Expires.After(now) {
			l.remove(b)
			continue
		}
		ask = append(ask, b.Contact)
		b.probe = time.Time{}
		if l.cfg.KeepAlive > 0 {
			b.probe = now.Add(l.cfg.KeepAlive)
		}
		b.schedule()
		heap.Fix(&l.agenda, b.index)
	}
	return ask, time.Time{}
}

// silence is how many OPTIONS in a row may stay without answer.
const silence = 3

// Answered says whether c has answered an OPTIONS.
func (l *Location) Answered(c Contact, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.users[c.User] {
		if b.URI != c.URI || b.Source != c.Source {
			continue
		}
		if b.misses++; ok {
			b.misses = 0
		}
		b.Silent = b.misses >= silence
	}
}
