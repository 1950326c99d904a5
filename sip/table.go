package sip

import (
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"
)

// table finds the dialog that a message belongs to. Our own tag is unique and
// unguessable; together with the Call-ID it names one dialog (§12).
type table struct {
	mu      sync.Mutex
	dialogs map[dialogKey]*dialog
	invites map[inviteKey]*dialog // unanswered incoming calls
	changed chan struct{}         // closed when a dialog leaves
	closed  bool                  // takes no more
}

type dialogKey struct{ callID, localTag string }

// inviteKey recognises a request that reaches us by two ways (§8.2.2.2), and
// the INVITE that a CANCEL means.
type inviteKey struct {
	callID, fromTag string
	seq             uint32
}

func inviteKeyOf(req *sipmsg.Request) inviteKey {
	return inviteKey{req.CallID().Value(), fromTag(req), req.CSeq().SeqNo}
}

func (t *table) init() {
	t.dialogs = make(map[dialogKey]*dialog)
	t.invites = make(map[inviteKey]*dialog)
	t.changed = make(chan struct{})
}

// add enters d unless max are there already.
func (t *table) add(d *dialog, max int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.dialogs) >= max {
		return false
	}
	t.dialogs[d.key()] = d
	return true
}

// addIncoming enters the dialog of an INVITE; merged means that the same
// INVITE is here already.
func (t *table) addIncoming(d *dialog, k inviteKey, max int) (added, merged bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.invites[k] != nil || t.dialogs[d.key()] != nil {
		return false, true
	}
	if t.closed || len(t.dialogs) >= max {
		return false, false
	}
	t.dialogs[d.key()] = d
	t.invites[k] = d
	return true, false
}

func (t *table) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
}

func (t *table) remove(d *dialog) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dialogs[d.key()] == d {
		delete(t.dialogs, d.key())
		close(t.changed)
		t.changed = make(chan struct{})
	}
	if t.invites[d.incoming] == d {
		delete(t.invites, d.incoming)
	}
}

// find returns the dialog that an incoming request with a To tag is for.
func (t *table) find(req *sipmsg.Request) *dialog {
	return t.named(dialogKey{req.CallID().Value(), toTag(req)})
}

// named returns the dialog of a key.
func (t *table) named(k dialogKey) *dialog {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dialogs[k]
}

func (t *table) invited(k inviteKey) *dialog {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.invites[k]
}

func (t *table) all() []*dialog {
	t.mu.Lock()
	defer t.mu.Unlock()
	ds := make([]*dialog, 0, len(t.dialogs))
	for _, d := range t.dialogs {
		ds = append(ds, d)
	}
	return ds
}

func (t *table) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.dialogs)
}

// watch returns how many there are and a channel that closes when one leaves.
func (t *table) watch() (n int, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.dialogs), t.changed
}
