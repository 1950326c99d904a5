package sip

import (
	"cmp"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/digest"
	"parley/sip/guard"
	"parley/sip/trunk"
)

// nonceLifetime is how long a challenge can be answered.
const nonceLifetime = 5 * time.Minute

// demands are the digest servers, one for each realm and list of algorithms.
type demands struct {
	mu      sync.Mutex
	servers map[string]*digest.Server
}

func (d *demands) of(realm string, algorithms []string) *digest.Server {
	key := realm + " " + strings.Join(algorithms, ",")
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.servers == nil {
		d.servers = make(map[string]*digest.Server)
	}
	s := d.servers[key]
	if s == nil { // as many as the configuration has ever named
		s = digest.NewServer(realm, nonceLifetime, algorithms)
		d.servers[key] = s
	}
	return s
}

// proof is what a request has to show.
type proof struct {
	realm      string
	algorithms []string
	password   func(user string) (digest.Password, bool)
}

func (c Config) telephoneProof() proof {
	return proof{c.Registrar.Realm, c.Registrar.Algorithms, c.Registrar.Password}
}

// proves returns who has sent req, or answers it with 401 and challenges,
// the same for everybody who has not proved it.
func (s *Server) proves(req *sipmsg.Request, tx *sipmsg.ServerTx, from netip.AddrPort, p proof) (user string, ok bool) {
	server := s.demands.of(p.realm, p.algorithms)
	var shown, borrowed []string
	for _, h := range req.GetHeaders("Authorization") {
		if forThis(req, h.Value()) {
			shown = append(shown, h.Value())
		} else {
			borrowed = append(borrowed, h.Value())
		}
	}
	user, err := server.Check(time.Now(), string(req.Method), req.Body(), shown, p.password)
	if err == nil {
		s.guard.Proved(from.Addr())
		return user, true
	}
	if len(borrowed) > 0 && errors.Is(err, digest.ErrMissing) {
		err = digest.ErrDenied
	}
	if errors.Is(err, digest.ErrDenied) {
		name := claimed(append(shown, borrowed...))
		what := guard.AuthFailed
		if _, known := p.password(name); !known {
			what = guard.UnknownUser
		}
		s.denied(req, from, what, name, err)
	}
	res := s.response(req, 401)
	for _, c := range server.Challenges(time.Now(), errors.Is(err, digest.ErrStale)) {
		res.AppendHeader(sipmsg.NewHeader("WWW-Authenticate", c))
	}
	s.reply(tx, res)
	if !req.IsInvite() { // no state for those who have proved nothing (§8.2.7)
		tx.Terminate()
	}
	return "", false
}

// forThis tells whether credentials were made for the destination of req (RFC
// 7616 §3.4.6): a proof that somebody has given for one number is none for
// another. Hosts and parameters may have been written anew on the way, and some
// write only the host.
func forThis(req *sipmsg.Request, value string) bool {
	c, err := digest.ParseCredentials(value)
	if err != nil {
		return true // Check says what is wrong with them
	}
	var uri sipmsg.Uri
	return sipmsg.ParseUri(c.URI, &uri) == nil && (user(uri) == "" || user(uri) == user(req.Recipient))
}

// claimed is the name in the first credentials that can be read.
func claimed(shown []string) string {
	for _, v := range shown {
		if c, err := digest.ParseCredentials(v); err == nil {
			return c.Username
		}
	}
	return ""
}

// denied counts against from, and writes the line that fail2ban looks for.
func (s *Server) denied(req *sipmsg.Request, from netip.AddrPort, what guard.Event, user string, err error) {
	s.rejected.Add(1)
	s.guard.Failed(time.Now(), from.Addr(), s.acl.trusts(from.Addr()), what,
		slog.String("method", string(req.Method)), slog.String("user", user), slog.String("error", err.Error()))
}

// mayCall tells whether the sender of an INVITE has proved as much as via
// demands; if not, it has been answered.
func (s *Server) mayCall(req *sipmsg.Request, tx *sipmsg.ServerTx, via *trunk.Trunk, from netip.AddrPort) bool {
	if via == s.phones.line {
		who, ok := s.proves(req, tx, from, s.config().telephoneProof())
		if ok && who != req.From().Address.User {
			s.denied(req, from, guard.AuthFailed, who, errors.New("calls as somebody else"))
			s.refuse(req, tx, 403)
			return false
		}
		return ok
	}
	if !via.Demand.On() {
		return true
	}
	_, ok := s.proves(req, tx, from, proof{cmp.Or(via.Demand.Realm, "parley"), via.Demand.Algorithms, func(user string) (digest.Password, bool) {
		return via.Demand.Password, user == via.Demand.Username
	}})
	return ok
}
