package digest

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"
)

// Errors of Server.Check. All are answered with the same 401 and fresh
// challenges; after ErrStale these say stale=true.
var (
	// ErrMissing: there are no credentials for our realm.
	ErrMissing = errors.New("digest: no credentials")
	// ErrDenied: the user is not known or the password is wrong.
	ErrDenied = errors.New("digest: denied")
	// ErrStale: the password is right, but the nonce is too old or has been
	// used with that count before.
	ErrStale = errors.New("digest: stale nonce")
)

// Server demands digests for one realm. It is safe for concurrent use, and
// its memory is bounded.
type Server struct {
	realm   string
	offered []string // algorithms, in the order of the challenges
	nonces  *nonces
	nobody  string // the password of users that are not known
}

// NewServer returns a server that asks for algorithms, in that order, and
// whose nonces live for lifetime.
func NewServer(realm string, lifetime time.Duration, algorithms []string) *Server {
	return &Server{realm: realm, offered: algorithms, nonces: newNonces(lifetime), nobody: rand.Text()}
}

// Realm returns the server's realm.
func (s *Server) Realm() string { return s.realm }

// Challenges returns the values of the WWW-Authenticate headers, in order.
func (s *Server) Challenges(now time.Time, stale bool) (values []string) {
	nonce := s.nonces.issue(now)
	for _, a := range s.offered {
		values = append(values, Challenge{Realm: s.realm, Nonce: nonce, Algorithm: a, QOP: []string{qopAuth}, Stale: stale}.String())
	}
	return values
}

// Check returns who has sent a request: the user name of those credentials
// among values, Authorization headers, that belong to our realm. password
// tells a user's.
func (s *Server) Check(now time.Time, method string, body []byte, values []string, password func(user string) (Password, bool)) (string, error) {
	err := ErrMissing
	for _, v := range values {
		c, perr := ParseCredentials(v)
		if perr != nil || c.Realm != s.realm {
			continue
		}
		if err = s.check(now, method, body, c, password); err == nil {
			return c.Username, nil
		}
	}
	return "", err
}

func (s *Server) check(now time.Time, method string, body []byte, c Credentials, password func(string) (Password, bool)) error {
	i := strength(c.Algorithm)
	if i < 0 || !slices.Contains(s.offered, algorithms[i].name) || c.QOP != "" && c.QOP != qopAuth && c.QOP != qopInt {
		return ErrDenied
	}
	secret, known := password(c.Username)
	if !known { // takes as long as one that is
		secret = Password(s.nobody)
	}
	want := algorithms[i].response(c, string(secret), method, body)
	right := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(c.Response))) == 1
	if !right || !known {
		return ErrDenied
	}
	// Nobody without the password learns anything about nonces, or fills our
	// memory with them.
	if !s.nonces.use(now, c.Nonce, c.Count) {
		return ErrStale
	}
	return nil
}
