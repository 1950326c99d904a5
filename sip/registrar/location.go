package registrar

import (
	"container/heap"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Contact is one place where a user is to be found.
type Contact struct {
	User string
	// URI is the Contact as the telephone gave it: the Request-URI of calls
	// to it.
	URI string
	// Network and Source are what its REGISTER came over and from: where calls
	// go, since the URI may name an address behind a translation.
	Network string
	Source  netip.AddrPort
	// Path are the proxies on the way, nearest first (RFC 3327).
	Path []string
	// Q orders the contacts of a user, 0 to 1, the highest first.
	Q       float64
	Expires time.Time
	// Silent: it does not answer our OPTIONS.
	Silent    bool
	UserAgent string
}

// Binding is a contact of a REGISTER.
type Binding struct {
	// URI as it was written, and Key the same for all URIs that are equal by
	// §19.1.4.
	URI, Key string
	// Instance is +sip.instance (RFC 5626), which replaces the contact that
	// the same telephone had before.
	Instance string
	Q        float64
	// Expires is asked for; negative: nothing was said. 0 removes it.
	Expires time.Duration
}

// Request is a REGISTER of a user who has proved that he is.
type Request struct {
	User      string
	CallID    string
	Seq       uint32
	Contacts  []Binding
	Wildcard  bool // Contact: *
	Network   string
	Source    netip.AddrPort
	Path      []string
	UserAgent string
}

// Errors of Register.
var (
	// ErrMalformed: answered with 400.
	ErrMalformed = errors.New("registrar: malformed")
	// ErrBrief: the time is shorter than MinExpires; answered with 423.
	ErrBrief = errors.New("registrar: interval too brief")
	// ErrOrder: a later REGISTER of the same Call-ID has been here; answered
	// with 500 (§10.3, step 7).
	ErrOrder = errors.New("registrar: overtaken by a later request")
)

// Location knows who is where. It is safe for concurrent use; its memory is
// bounded by the number of users times MaxContacts.
type Location struct {
	mu     sync.Mutex
	cfg    Config
	users  map[string][]*bound
	agenda agenda
}

type bound struct {
	Contact
	key, instance, callID string
	seq                   uint32
	probe                 time.Time // of the next OPTIONS; zero: none
	misses                int
	at                    time.Time // in the agenda
	index                 int
}

// New returns a Location without contacts.
func New(cfg Config) *Location { return &Location{cfg: cfg, users: make(map[string][]*bound)} }

// Reload makes cfg count; users who have gone lose their contacts.
func (l *Location) Reload(cfg Config) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cfg = cfg
	for user, list := range l.users {
		if _, ok := cfg.Password(user); !ok {
			for _, b := range slices.Clone(list) {
				l.remove(b)
			}
		}
	}
}

// maxURI bounds a contact, in bytes; maxBindings those of one REGISTER.
const (
	maxURI      = 512
	maxBindings = 20
)

// Register carries out r: all of it, or nothing and an error. It returns the
// user's contacts.
func (l *Location) Register(now time.Time, r Request) ([]Contact, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Wildcard && (len(r.Contacts) != 1 || r.Contacts[0].Expires != 0) || len(r.Contacts) > maxBindings {
		return nil, fmt.Errorf("%w: Contact * stands alone and with Expires 0", ErrMalformed)
	}
	l.expire(now)
	for i := range r.Contacts {
		if err := l.check(&r.Contacts[i], r); err != nil {
			return nil, err
		}
	}
	if r.Wildcard {
		for _, b := range slices.Clone(l.users[r.User]) {
			l.remove(b)
		}
		return nil, nil
	}
	for _, c := range r.Contacts {
		l.bind(now, c, r)
	}
	return l.contacts(now, r.User), nil
}

// check refuses what cannot be carried out, before anything has been.
func (l *Location) check(c *Binding, r Request) error {
	if !r.Wildcard {
		if c.Expires < 0 {
			c.Expires = l.cfg.MaxExpires
		}
		if c.Expires > 0 && c.Expires < l.cfg.MinExpires {
			return fmt.Errorf("%w: %v", ErrBrief, c.Expires)
		}
		if len(c.URI) > maxURI || c.Key == "" {
			return fmt.Errorf("%w: contact", ErrMalformed)
		}
	}
	for _, b := range l.users[r.User] {
		if (r.Wildcard || b.key == c.Key) && b.callID == r.CallID && r.Seq <= b.seq {
			return fmt.Errorf("%w: CSeq %d after %d", ErrOrder, r.Seq, b.seq)
		}
	}
	return nil
}

func (l *Location) bind(now time.Time, c Binding, r Request) {
	for _, b := range slices.Clone(l.users[r.User]) {
		if b.key == c.Key || c.Instance != "" && b.instance == c.Instance {
			l.remove(b)
		}
	}
	if c.Expires == 0 {
		return
	}
	if list := l.users[r.User]; len(list) >= l.cfg.MaxContacts {
		l.remove(slices.MinFunc(list, func(a, b *bound) int { return a.Expires.Compare(b.Expires) }))
	}
	b := &bound{
		Contact: Contact{
			User: r.User, URI: c.URI, Network: r.Network, Source: r.Source, Path: r.Path, Q: c.Q,
			Expires: now.Add(min(c.Expires, l.cfg.MaxExpires)), UserAgent: r.UserAgent,
		},
		key: c.Key, instance: c.Instance, callID: r.CallID, seq: r.Seq,
	}
	if l.cfg.KeepAlive > 0 {
		b.probe = now.Add(l.cfg.KeepAlive)
	}
	l.users[r.User] = append(l.users[r.User], b)
	b.schedule()
	heap.Push(&l.agenda, b)
}

func (l *Location) remove(b *bound) {
	heap.Remove(&l.agenda, b.index)
	list := slices.DeleteFunc(slices.Clone(l.users[b.User]), func(o *bound) bool { return o == b })
	if len(list) == 0 {
		delete(l.users, b.User)
		return
	}
	l.users[b.User] = list
}
