package sip

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/guard"
	"parley/sip/registrar"
)

// receiveREGISTER keeps the contacts of a telephone whose user has proved
// who he is (§10.3).
func (s *Server) receiveREGISTER(req *sipmsg.Request, tx *sipmsg.ServerTx, from netip.AddrPort) {
	cfg := s.config().Registrar
	aor := req.To().Address.User
	who, ok := s.proves(req, tx, from, s.config().telephoneProof())
	if !ok {
		return
	}
	if who != aor {
		s.denied(req, from, guard.AuthFailed, who, fmt.Errorf("registers for %q", aor))
		s.refuse(req, tx, 403)
		return
	}
	asked := bindingsOf(req, s.networkOf(req, tx), who, from)
	path, ok := routesOf(req, "Path")
	for _, p := range path {
		asked.Path = append(asked.Path, p.String())
	}
	var contacts []registrar.Contact
	err := errPath
	if ok {
		contacts, err = s.phones.location.Register(time.Now(), asked)
	}
	switch {
	case errors.Is(err, registrar.ErrBrief):
		res := s.response(req, 423)
		res.AppendHeader(sipmsg.NewHeader("Min-Expires", strconv.Itoa(int(cfg.MinExpires.Seconds()))))
		s.reply(tx, res)
	case errors.Is(err, registrar.ErrOrder):
		s.refuse(req, tx, 500)
	case err != nil:
		s.refuse(req, tx, 400)
	default:
		s.phones.woken()
		s.reply(tx, s.registered(req, contacts))
	}
	if err != nil {
		s.log.Info("REGISTER refused", "user", who, "source", from, "why", err)
	}
}

var errPath = errors.New("its Path cannot be read, or is too long")

// registered is the 200 that lists the user's contacts.
func (s *Server) registered(req *sipmsg.Request, contacts []registrar.Contact) *sipmsg.Response {
	res := s.response(req, 200)
	now := time.Now()
	for _, c := range contacts {
		left := int(math.Ceil(c.Expires.Sub(now).Seconds()))
		res.AppendHeader(sipmsg.NewHeader("Contact", fmt.Sprintf("<%s>;expires=%d;q=%.1f", c.URI, left, c.Q)))
	}
	for _, h := range req.GetHeaders("Path") { // as it came (RFC 3327 §5.3)
		res.AppendHeader(sipmsg.NewHeader("Path", h.Value()))
	}
	res.AppendHeader(sipmsg.NewHeader("Date", now.UTC().Format(http.TimeFormat)))
	return res
}

// bindingsOf is what req asks of the location service.
func bindingsOf(req *sipmsg.Request, network, user string, from netip.AddrPort) registrar.Request {
	r := registrar.Request{
		User: user, CallID: req.CallID().Value(), Seq: req.CSeq().SeqNo,
		Network: network, Source: from,
	}
	if h := req.GetHeader("User-Agent"); h != nil {
		r.UserAgent = h.Value()
	}
	all := lifetime(headerValue(req, "Expires"), -1)
	for _, h := range req.GetHeaders("Contact") {
		c, ok := h.(*sipmsg.ContactHeader)
		if !ok {
			continue
		}
		r.Wildcard = r.Wildcard || c.Address.Wildcard
		q, err := strconv.ParseFloat(c.Params.GetOr("q", "1"), 64)
		if err != nil || q < 0 || q > 1 {
			q = 1
		}
		r.Contacts = append(r.Contacts, registrar.Binding{
			URI: c.Address.String(), Key: contactKey(c.Address), Q: q,
			Instance: strings.Trim(c.Params.GetOr("+sip.instance", ""), `"<>`),
			Expires:  lifetime(c.Params.GetOr("expires", ""), all),
		})
	}
	return r
}

// lifetime reads delta-seconds; what cannot be read counts as not said
// (§10.2.1.1).
func lifetime(text string, otherwise time.Duration) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return otherwise
	}
	return time.Duration(n) * time.Second
}

func headerValue(m interface {
	GetHeader(string) sipmsg.Header
}, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// contactKey is the same for contacts that are equal (§19.1.4), empty for
// what is no contact of a telephone.
func contactKey(uri sipmsg.Uri) string {
	if uri.Wildcard {
		return "*"
	}
	scheme := strings.ToLower(cmp.Or(uri.Scheme, "sip"))
	if uri.Host == "" || scheme != "sip" && scheme != "sips" {
		return ""
	}
	return fmt.Sprintf("%s:%s@%s:%d;%s", scheme, uri.User, strings.ToLower(uri.Host), uri.Port,
		strings.ToLower(uri.UriParams.GetOr("transport", "")))
}

// Contacts returns where a registered user is to be found, the contacts that
// are to be tried first first. A call goes to Source over Network with URI as
// its Request-URI, since URI may name an address behind a translation.
func (s *Server) Contacts(user string) []registrar.Contact {
	return s.phones.location.Lookup(time.Now(), user)
}

// AllContacts returns where every registered user is to be found.
func (s *Server) AllContacts() []registrar.Contact { return s.phones.location.All(time.Now()) }
