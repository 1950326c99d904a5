package registrar

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Lookup returns the contacts of a user, those that are to be tried first
// first.
func (l *Location) Lookup(now time.Time, user string) []Contact {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	return l.contacts(now, user)
}

// All returns every contact, ordered by user.
func (l *Location) All(now time.Time) (all []Contact) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	for user := range l.users {
		all = append(all, l.contacts(now, user)...)
	}
	slices.SortStableFunc(all, func(a, b Contact) int { return cmp.Compare(a.User, b.User) })
	return all
}

func (l *Location) contacts(now time.Time, user string) []Contact {
	var list []Contact
	for _, b := range l.users[user] {
		if b.Expires.After(now) {
			list = append(list, b.Contact)
		}
	}
	slices.SortStableFunc(list, func(a, b Contact) int {
		if a.Silent != b.Silent {
			if a.Silent {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(b.Q, a.Q), b.Expires.Compare(a.Expires))
	})
	return list
}

// expire removes contacts as far as the agenda shows them: behind an OPTIONS
// that is due there may be more, which contacts leaves out.
func (l *Location) expire(now time.Time) {
	for len(l.agenda.list) > 0 && !l.agenda.list[0].Expires.After(now) {
		l.remove(l.agenda.list[0])
	}
}

// At tells whether a contact that has not expired was registered from addr.
func (l *Location) At(now time.Time, addr netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	return l.agenda.from[addr.Unmap()] > 0
}
