package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/registration"
	"parley/sip/trunk"
)

// registering keeps one contact of a trunk known: the shell of a
// registration.Machine.
type registering struct {
	srv        *Server
	log        *slog.Logger
	trunk      *trunk.Trunk
	registrars []string
	inquiry    *inquiry
	status     atomic.Pointer[RegistrationStatus]
	routes     atomic.Pointer[[]sipmsg.Uri] // Service-Route
}

// RegistrationStatus is what is known of a registration.
type RegistrationStatus struct {
	Registrar string    `json:"registrar"`
	State     string    `json:"state" enum:"unregistered,trying,registered,refreshing,backing-off,leaving,stopped"`
	Reachable bool      `json:"reachable" doc:"calls can come in"`
	Until     time.Time `json:"until,omitzero" doc:"when the registrar forgets us"`
	Step      string    `json:"failed_step,omitempty" doc:"the step that failed last"`
	Problem   string    `json:"problem,omitempty"`
	Check     string    `json:"check,omitempty" doc:"what to look at"`
}

func (s *Server) newRegistering(t *trunk.Trunk, registrars []string) (*registering, error) {
	first, err := hostURI(registrars[0], "")
	if err != nil {
		return nil, err
	}
	aor := party{uri: sipmsg.Uri{Scheme: "sip", User: t.Auth.Username, Host: cmp.Or(t.Domain, first.Host)}}
	r := &registering{
		srv: s, log: s.log.With("trunk", t.Name), trunk: t, registrars: registrars,
		inquiry: s.newInquiry(t.Name, aor, aor, t.Digest()),
	}
	r.status.Store(&RegistrationStatus{Registrar: registrars[0], State: registration.Unregistered.String()})
	return r, nil
}

// run registers until ctx ends, then takes the contact back.
func (r *registering) run(ctx context.Context) {
	defer r.inquiry.close()
	m := registration.New(registration.Config{
		Registrars: len(r.registrars), Expires: r.trunk.Register.Expires,
		BackoffMin: r.trunk.Register.BackoffMin, BackoffMax: r.trunk.Register.BackoffMax,
	})
	m, send := m.Step(registration.Start{}, time.Now(), rand.Float64())
	for m.State() != registration.Stopped {
		r.tell(m)
		var e registration.Event
		if send != nil {
			e = r.register(ctx, *send)
		} else {
			e = wait(ctx, m.Timer())
		}
		if ctx.Err() != nil && m.State() != registration.Leaving {
			e = registration.Stop{}
		}
		m, send = m.Step(e, time.Now(), rand.Float64())
	}
	r.tell(m)
}

func wait(ctx context.Context, until time.Time) registration.Event {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
		return registration.Timeout{}
	case <-ctx.Done():
		return registration.Stop{}
	}
}

// tell publishes the state, and logs what changes.
func (r *registering) tell(m registration.Machine) {
	s := RegistrationStatus{
		Registrar: r.registrars[m.Registrar()], State: m.State().String(), Until: m.Until(), Reachable: m.Reachable(time.Now()),
	}
	if p := m.Problem(); p != nil {
		s.Step, s.Problem, s.Check = string(p.Step), p.Text, p.Check()
	}
	was := r.status.Swap(&s)
	switch {
	case m.State() == registration.BackingOff:
		r.log.Warn("trunk not registered", "registrar", was.Registrar, "step", s.Step, "problem", s.Problem, "check", s.Check,
			"retry_in", time.Until(m.Timer()).Round(time.Second))
	case m.State() == registration.Registered && was.State != registration.Refreshing.String():
		r.log.Info("trunk registered", "registrar", s.Registrar, "until", s.Until.Format(time.TimeOnly))
	case m.State() == registration.Stopped:
		r.log.Info("trunk no longer registered")
	}
}

// How long a registrar may take to answer, so that the next one's turn comes
// soon, and to confirm that we are gone.
const (
	answerWithin = 10 * time.Second
	leaveWithin  = 2 * time.Second
)

// register sends a REGISTER (§10.2) and says what became of it.
func (r *registering) register(ctx context.Context, send registration.Send) registration.Event {
	within := answerWithin
	if send.Expires == 0 { // at the end, so ctx is over
		ctx, within = context.WithoutCancel(ctx), leaveWithin
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	registrar := r.registrars[send.Registrar]
	hop, err := hostURI(registrar, r.trunk.Transport)
	if err != nil {
		return registration.Failed{Problem: registration.Problem{Step: registration.StepResolve, Text: err.Error()}}
	}
	uri := sipmsg.Uri{Scheme: "sip", Host: hop.Host, Port: hop.Port}
	if r.trunk.Domain != "" {
		uri = sipmsg.Uri{Scheme: "sip", Host: r.trunk.Domain}
	}
	r.inquiry.st.routes = nil
	if p := r.trunk.OutboundProxy; p != "" {
		if hop, err = hostURI(p, r.trunk.Transport); err != nil {
			return registration.Failed{Problem: registration.Problem{Step: registration.StepResolve, Text: err.Error()}}
		}
		hop.UriParams.Add("lr", "")
		r.inquiry.st.routes = []sipmsg.Uri{hop}
	}
	res, err := r.inquiry.ask(ctx, sipmsg.REGISTER, uri, hop, r.trunk.ContactUser(), func(req *sipmsg.Request) {
		req.AppendHeader(&sipmsg.ContactHeader{Address: r.inquiry.st.contact})
		req.AppendHeader(sipmsg.NewHeader("Expires", strconv.Itoa(int(send.Expires.Seconds()))))
		req.AppendHeader(sipmsg.NewHeader("Allow", allowed))
		req.AppendHeader(sipmsg.NewHeader("Supported", "path")) // RFC 3327 §5.1
	})
	if err != nil {
		return failure(err)
	}
	return r.outcome(res, send.Expires)
}

func failure(err error) registration.Failed {
	var p registration.Problem
	if !errors.As(err, &p) {
		p = registration.Problem{Step: registration.StepAnswer, Text: err.Error()}
	}
	return registration.Failed{Problem: p, Final: p.Step == registration.StepAuthenticate}
}

// outcome reads a final response (§10.2.4, §10.2.8).
func (r *registering) outcome(res *sipmsg.Response, asked time.Duration) registration.Event {
	if res.IsSuccess() {
		life := kept(res, r.inquiry.st.contact, asked)
		if life <= 0 && asked > 0 {
			return registration.Failed{Problem: registration.Problem{Step: registration.StepAccept, Text: "the registrar did not keep our contact"}}
		}
		r.keepServiceRoute(res)
		return registration.Accepted{Expires: life}
	}
	f := registration.Failed{
		Problem:    registration.Problem{Step: registration.StepAccept, Text: fmt.Sprintf("%d %s", res.StatusCode, res.Reason)},
		RetryAfter: seconds(res, "Retry-After"),
		Final:      res.StatusCode == 403 || res.StatusCode == 404,
	}
	switch res.StatusCode {
	case 423:
		f.MinExpires = seconds(res, "Min-Expires")
	case 401, 407: // and there is no account to answer with
		f.Step, f.Final = registration.StepAuthenticate, true
	case 408:
		f.Step = registration.StepAnswer
	}
	return f
}

// kept is how long the registrar keeps our contact: what it says of it, or of
// the one that it has made of it (those who see through address translation
// change the host), else of all, else what we asked for.
func kept(res *sipmsg.Response, contact sipmsg.Uri, asked time.Duration) time.Duration {
	life := asked
	if res.GetHeader("Expires") != nil {
		life = seconds(res, "Expires")
	}
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sipmsg.ContactHeader)
		if !ok || c.Address.User != contact.User {
			continue
		}
		n, err := strconv.ParseUint(c.Params.GetOr("expires", ""), 10, 31)
		if err != nil {
			continue
		}
		its := time.Duration(n) * time.Second
		if c.Address.Host == contact.Host && portOf(c.Address) == portOf(contact) {
			return its
		}
		if its > 0 {
			life = min(life, its)
		}
	}
	return life
}

func portOf(uri sipmsg.Uri) int { return cmp.Or(uri.Port, sipmsg.DefaultUdpPort) }

// seconds reads a header such as "Retry-After: 30 (busy);duration=60".
func seconds(res *sipmsg.Response, header string) time.Duration {
	h := res.GetHeader(header)
	if h == nil {
		return 0
	}
	digits, _, _ := strings.Cut(strings.TrimSpace(h.Value()), ";")
	digits, _, _ = strings.Cut(digits, "(")
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}
