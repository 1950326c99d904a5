package sip

import (
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"parley/sip/trunk"
)

// acl says who may speak to us: the addresses of trunks, and for as long as
// it lasts, an address that we have called, or registered with, ourselves.
type acl struct {
	trunks  atomic.Pointer[trunk.Set]
	open    atomic.Bool // everybody is heard; who may do what is asked later
	log     *slog.Logger
	dropped atomic.Uint64

	mu     sync.Mutex
	called map[netip.Addr]int // by how many of our calls
	logged time.Time
	silent uint64 // drops since logged
}

func newACL(log *slog.Logger) *acl {
	return &acl{log: log, called: make(map[netip.Addr]int)}
}

// admits decides about what has come from addr, before anything of it is
// parsed. What it refuses is counted, and logged at most once a second.
func (a *acl) admits(addr netip.Addr) bool {
	if a.open.Load() {
		return true
	}
	if _, ok := a.trunks.Load().Inbound(addr); ok {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.called[addr.Unmap()] > 0 {
		return true
	}
	a.dropped.Add(1)
	a.silent++
	if now := time.Now(); now.Sub(a.logged) >= time.Second {
		a.log.Warn("SIP from unknown sources dropped", "last", addr, "count", a.silent)
		a.logged, a.silent = now, 0
	}
	return false
}

// expect admits addr until the returned function is called.
func (a *acl) expect(addr netip.Addr) (forget func()) {
	addr = addr.Unmap()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.called[addr]++
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.called[addr]--; a.called[addr] <= 0 {
			delete(a.called, addr)
		}
	})
}
