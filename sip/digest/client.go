package digest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Errors of a Try.
var (
	// ErrNoChallenge: the refusal asks for nothing that we can answer.
	ErrNoChallenge = errors.New("digest: no challenge that can be answered")
	// ErrRealm: it asks for a realm that the account is not meant for.
	ErrRealm = errors.New("digest: asked for another realm")
	// ErrRejected: user name or password are wrong.
	ErrRejected = errors.New("digest: user name or password rejected")
)

// Account is who a Client is.
type Account struct {
	Username string
	Password Password
	// Realm bounds where the password is used; empty: anywhere.
	Realm string
}

// Client answers challenges for one account and remembers them, so that
// later requests carry credentials from the start. It is safe for concurrent
// use.
type Client struct {
	account Account
	random  func() string // a fresh cnonce

	mu       sync.Mutex
	sessions []*session // one per realm and kind
}

// maxSessions bounds what a client remembers, and the challenges that it
// answers at once.
const maxSessions = 8

// session is a challenge that we answer again and again.
type session struct {
	Challenge
	proxy     bool // of a 407
	algorithm algorithm
	qop       string
	count     uint32
}

// NewClient returns a client that has not been challenged.
func NewClient(a Account) *Client { return &Client{account: a, random: rand.Text} }

// Header is a header line to add to a request.
type Header struct{ Name, Value string }

// Try is one request and its repetitions with better credentials. It is for
// one goroutine.
type Try struct {
	client   *Client
	answered map[string]int // how often, by realm and kind
}

// maxStale is how many stale nonces in a row are put up with.
const maxStale = 2

// Begin starts a request.
func (c *Client) Begin() *Try { return &Try{client: c, answered: make(map[string]int)} }

// Challenged takes the challenges of a response: 401 and its
// WWW-Authenticate, or 407 and its Proxy-Authenticate. If it returns nil, the
// request is to be sent again with what Authorize says.
func (t *Try) Challenged(code int, values []string) error {
	best := make(map[string]*session)
	var realms []string
	for _, v := range values {
		c, err := ParseChallenge(v)
		if err != nil {
			continue // another may do
		}
		s := &session{Challenge: c, proxy: code == 407}
		var ok bool
		if s.qop, ok = c.quality(); !ok {
			continue
		}
		i := strength(c.Algorithm)
		if i < 0 {
			continue
		}
		s.algorithm = algorithms[i]
		if was := best[c.Realm]; was == nil || i < strength(was.Algorithm) {
			if was == nil {
				realms = append(realms, c.Realm)
			}
			best[c.Realm] = s
		}
	}
	if len(best) == 0 || len(best) > maxSessions {
		return fmt.Errorf("%w: %d", ErrNoChallenge, code)
	}
	taken := 0
	for _, realm := range realms {
		s := best[realm]
		if own := t.client.account.Realm; own != "" && own != realm {
			continue
		}
		if n := t.answered[s.key()]; n > 0 && (!s.Stale || n > maxStale) {
			return fmt.Errorf("%w: realm %q", ErrRejected, realm)
		}
		t.answered[s.key()]++
		t.client.remember(s)
		taken++
	}
	if taken == 0 {
		return fmt.Errorf("%w: %q, not %q", ErrRealm, strings.Join(realms, ", "), t.client.account.Realm)
	}
	return nil
}

func (s *session) key() string {
	if s.proxy {
		return "proxy " + s.Realm
	}
	return "peer " + s.Realm
}

// remember puts s in the place of the session of the same realm.
func (c *Client) remember(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = slices.DeleteFunc(c.sessions, func(o *session) bool { return o.key() == s.key() })
	if len(c.sessions) == maxSessions {
		c.sessions = slices.Delete(c.sessions, 0, 1)
	}
	c.sessions = append(c.sessions, s)
}

// Authorize returns the headers that a request gets: for every realm that is
// known one, and none before the first challenge. uri is the Request-URI as
// it is written.
func (t *Try) Authorize(method, uri string, body []byte) (hs []Header) {
	c := t.client
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions {
		cred := Credentials{
			Username: c.account.Username, Realm: s.Realm, Nonce: s.Nonce, URI: uri,
			Opaque: s.Opaque, Algorithm: s.Algorithm, QOP: s.qop,
		}
		if s.qop != "" || s.algorithm.session {
			cred.CNonce = c.random()
		}
		if s.qop != "" {
			s.count++
			cred.Count = s.count
		}
		cred.Response = s.algorithm.response(cred, string(c.account.Password), method, body)
		name := "Authorization"
		if s.proxy {
			name = "Proxy-Authorization"
		}
		hs = append(hs, Header{name, cred.String()})
	}
	return hs
}
