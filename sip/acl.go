package sip

import (
	"bytes"
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
	// stranger tells of a source that was dropped, count says how many since
	// the last were.
	stranger func(now time.Time, source netip.Addr, count uint64)
	dropped  atomic.Uint64
	silent   atomic.Uint64 // drops since logged
	logged   atomic.Int64  // Unix time in nanoseconds

	mu     sync.RWMutex
	called map[netip.Addr]int // by how many of our calls
	// learned are the addresses that trunks were found at, by as many of our
	// inquiries as the name stands there.
	learned map[netip.Addr][]string
}

func newACL(phones *phones, stranger func(time.Time, netip.Addr, uint64)) *acl {
	return &acl{stranger: stranger, phones: phones, called: make(map[netip.Addr]int), learned: make(map[netip.Addr][]string)}
}

var registers = []byte("REGISTER ")

// admits decides about what has come from addr, before anything of it is
// parsed: a datagram, or a connection, of which nothing has been read. What it
// refuses is counted, and logged at most once a second.
// trusted are those that we have dealings with ourselves.
func (a *acl) admits(addr netip.Addr, datagram []byte) (trusted, ok bool) {
	if a.trusts(addr) {
		return true, true
	}
	if a.open.Load() || a.registrar.Load() && (datagram == nil || bytes.HasPrefix(datagram, registers) || a.phones.at(addr)) {
		return false, true
	}
	a.dropped.Add(1)
	silent := a.silent.Add(1)
	now := time.Now()
	if last := a.logged.Load(); now.UnixNano()-last >= int64(time.Second) && a.logged.CompareAndSwap(last, now.UnixNano()) {
		a.silent.Add(^(silent - 1))
		a.stranger(now, addr, silent)
	}
	return false, false
}

// trusts tells whether addr is a trunk's, or that of a peer that we have
// called or registered with.
func (a *acl) trusts(addr netip.Addr) bool {
	if _, ok := a.trunks.Load().Inbound(addr); ok {
		return true
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.called[addr.Unmap()] > 0 || len(a.learned[addr.Unmap()]) > 0
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

// trunkOf returns the trunk that a request from addr for user belongs to:
// the one that has registered that contact there, else by the addresses of the
// configuration, else by those that trunks were found at.
func (a *acl) trunkOf(addr netip.Addr, user string) (*trunk.Trunk, bool) {
	set := a.trunks.Load()
	a.mu.RLock()
	names := a.learned[addr.Unmap()]
	a.mu.RUnlock()
	var found *trunk.Trunk
	for _, name := range names {
		t := set.Trunk(name)
		switch {
		case t == nil:
		case user != "" && t.Registers() && t.ContactUser() == user:
			return t, true
		case found == nil:
			found = t
		}
	}
	if t, ok := set.InboundFor(addr, user); ok {
		return t, true
	}
	return found, found != nil
}
