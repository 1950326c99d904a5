package guard

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// shards is how many parts the memory has, each with a lock of its own.
const shards = 64

// key is a source: an IPv4 address, or the /64 of an IPv6 address.
type key struct{ high, low uint64 }

func keyOf(addr netip.Addr) key {
	b := addr.Unmap().As16()
	var k key
	for i := range 8 {
		k.high = k.high<<8 | uint64(b[i])
		k.low = k.low<<8 | uint64(b[8+i])
	}
	if addr.Is6() && !addr.Is4In6() {
		k.low = 0
	}
	return k
}

// source is what is known of one.
type source struct {
	key          key
	newer, older int32 // neighbours in the order of use

	tokens      float64
	filled      time.Time
	failures    float64 // leaking away
	failed      time.Time
	banned      time.Time // until then
	told        time.Time // of a flood or a scanner
	connections int
}

// shard is a part of the memory: so many sources and no more, in the order of
// their last use.
type shard struct {
	mu    sync.Mutex
	index map[key]int32
	slots []source // slots[0] is the ring's anchor
	size  int      // how many there may be
	_     [64]byte // its neighbour is another core's
}

func (s *shard) init(size int) {
	s.index, s.slots, s.size = make(map[key]int32), make([]source, 1), size
}

// find returns the slot of k, moved to the front; a new one takes a free slot
// or that of the idlest source. The lock is held.
func (s *shard) find(k key, now time.Time) *source {
	i, known := s.index[k]
	switch {
	case known:
		s.unlink(i)
	case len(s.slots) <= s.size:
		i = int32(len(s.slots))
		s.slots = append(s.slots, source{})
	default:
		i = s.idlest(now)
		s.unlink(i)
		delete(s.index, s.slots[i].key)
	}
	src := &s.slots[i]
	if !known {
		*src = source{key: k}
		s.index[k] = i
	}
	front := s.slots[0].older
	src.newer, src.older = 0, front
	s.slots[front].newer = i
	s.slots[0].older = i
	return src
}

func (s *shard) unlink(i int32) {
	src := &s.slots[i]
	s.slots[src.newer].older = src.older
	s.slots[src.older].newer = src.newer
}

// idlest is the slot unused for longest, but spares a few that are banned or
// connected.
func (s *shard) idlest(now time.Time) int32 {
	last := s.slots[0].newer
	for i, n := last, 0; i != 0 && n < 16; i, n = s.slots[i].newer, n+1 {
		if src := &s.slots[i]; src.connections == 0 && !now.Before(src.banned) {
			return i
		}
	}
	return last
}

// table is the memory.
type table struct {
	seed   maphash.Seed
	shards [shards]shard
}

func newTable(sources int) *table {
	t := &table{seed: maphash.MakeSeed()} // nobody can aim at one shard
	for i := range t.shards {
		t.shards[i].init(max(sources/shards, 1))
	}
	return t
}

// with runs f on what is known of addr.
func (t *table) with(addr netip.Addr, now time.Time, f func(*source)) {
	k := keyOf(addr)
	s := &t.shards[maphash.Comparable(t.seed, k)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.find(k, now))
}

// existing runs f if addr is remembered.
func (t *table) existing(addr netip.Addr, f func(*source)) {
	k := keyOf(addr)
	s := &t.shards[maphash.Comparable(t.seed, k)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.index[k]; ok {
		f(&s.slots[i])
	}
}
