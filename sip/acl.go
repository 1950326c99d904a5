package sip

import (
	"bytes"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/sip/trunk"
)

// acl says who may speak to us: the addresses of trunks, and for as long as
// it lasts, an address that we have called, or registered with, ourselves.
type acl struct {
	trunks atomic.Pointer[trunk.Set]
	open   atomic.Bool // everybody is heard; who may do what is asked later
	// registrar: everybody may register, and whoever has may speak.
	registrar atomic.Bool
	phones    *phones
	log       *slog.Logger
	dropped   atomic.Uint64

	mu     sync.Mutex
	called map[netip.Addr]int // by how many of our calls
	// learned are the addresses that trunks were found at, by as many of our
	// inquiries as the name stands there.
	learned map[netip.Addr][]string
	logged  time.Time
	silent  uint64 // drops since logged
}

func newACL(phones *phones, log *slog.Logger) *acl {
	return &acl{log: log, phones: phones, called: make(map[netip.Addr]int), learned: make(map[netip.Addr][]string)}
}

var registers = []byte("REGISTER ")

// admits decides about what has come from addr, before anything of it is
// parsed: a datagram, or a connection, of which nothing has been read. What it
// refuses is counted, and logged at most once a second.
func (a *acl) admits(addr netip.Addr, datagram []byte) bool {
	if a.open.Load() {
		return true
	}
	if _, ok := a.trunks.Load().Inbound(addr); ok {
		return true
	}
	if a.registrar.Load() && (datagram == nil || bytes.HasPrefix(datagram, registers) || a.phones.at(addr)) {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.called[addr.Unmap()] > 0 || len(a.learned[addr.Unmap()]) > 0 {
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

// learn lets addr call in over a trunk until the returned function is called.
func (a *acl) learn(addr netip.Addr, trunk string) (forget func()) {
	addr = addr.Unmap()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.learned[addr] = append(a.learned[addr], trunk)
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		names := a.learned[addr]
		if i := slices.Index(names, trunk); i >= 0 {
			a.learned[addr] = slices.Delete(slices.Clone(names), i, i+1)
		}
		if len(a.learned[addr]) == 0 {
			delete(a.learned, addr)
		}
	})
}

// trunkOf returns the trunk that a request from addr for user belongs to: by
// the addresses of the configuration, or by those that trunks were found at.
func (a *acl) trunkOf(addr netip.Addr, user string) (found *trunk.Trunk, ok bool) {
	set := a.trunks.Load()
	if t, ok := set.InboundFor(addr, user); ok {
		return t, true
	}
	a.mu.Lock()
	names := a.learned[addr.Unmap()]
	a.mu.Unlock()
	for _, name := range names {
		t := set.Trunk(name)
		if t == nil {
			continue
		}
		if t.ContactUser() == user {
			return t, true
		}
		if found == nil {
			found = t
		}
	}
	return found, found != nil
}
