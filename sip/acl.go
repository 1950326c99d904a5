package sip

import (
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// acl says who may speak to us: the peers, and for as long as a call to it
// lasts, an address that we have called ourselves.
type acl struct {
	config  atomic.Pointer[Config]
	log     *slog.Logger
	dropped atomic.Uint64

	mu     sync.Mutex
	called map[netip.Addr]int // by how many of our calls
	logged time.Time
	silent uint64 // drops since logged
}

func newACL(cfg *Config, log *slog.Logger) *acl {
	a := &acl{log: log, called: make(map[netip.Addr]int)}
	a.config.Store(cfg)
	return a
}

// peer returns the name of the peer that addr belongs to.
func (c *Config) peer(addr netip.Addr) (name string, ok bool) {
	addr = addr.Unmap()
	for _, p := range c.Peers {
		for _, r := range p.Addresses {
			if r.Contains(addr) {
				return p.Name, true
			}
		}
	}
	return "", false
}

// admits decides about what has come from addr, before anything of it is
// parsed. What it refuses is counted, and logged at most once a second.
func (a *acl) admits(addr netip.Addr) bool {
	cfg := a.config.Load()
	if cfg.Unknown == RejectUnknown { // it is told so above, with a 403
		return true
	}
	if _, ok := cfg.peer(addr); ok {
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
