package rtp

import "net/netip"

const (
	// lockAfter packets in a row from one address make it the party's.
	lockAfter = 4
	// lockSpread is over how many ticks those of an address that the
	// signalling did not name must be spread, so that a burst cannot win.
	lockSpread = 3
	// overrideAfter packets in a row win over a signalled address that has
	// begun to send and fallen silent.
	overrideAfter = 25
)

// lock finds out where the party sends from and then holds on to it. Behind
// NAT this is not what the signalling says; and nobody else may speak into
// the call. Only a new Epoch reopens it.
type lock struct {
	offered netip.AddrPort // where the signalling says the party is
	source  netip.AddrPort // whom we listen to: for good if locked
	locked  bool

	offeredRun int            // packets from offered; others do not reset it
	candidate  netip.AddrPort // somebody else
	run        int            // packets in a row from candidate
	since      int64          // tick of the first of run
}

// reopen starts learning again.
func (l *lock) reopen(offered netip.AddrPort) { *l = lock{offered: offered} }

// admit says whether a packet from an address is the party's; changed is true
// when that is another address than that of the packet before.
func (l *lock) admit(from netip.AddrPort, tick int64) (ok, changed bool) {
	if l.locked {
		return from == l.source, false
	}
	if from == l.offered {
		l.offeredRun++
		l.locked = l.offeredRun >= lockAfter
		l.candidate, l.run = netip.AddrPort{}, 0
		return true, l.listen(from)
	}
	if from != l.candidate {
		l.candidate, l.run, l.since = from, 0, tick
	}
	l.run++
	need := lockAfter
	if l.offeredRun > 0 {
		need = overrideAfter
	}
	l.locked = l.run >= need && tick-l.since >= lockSpread
	if l.offeredRun > 0 && !l.locked {
		return false, false
	}
	return true, l.listen(from)
}

// listen makes from the source and reports whether that is a change.
func (l *lock) listen(from netip.AddrPort) (changed bool) {
	changed = l.source.IsValid() && l.source != from
	l.source = from
	return changed
}
