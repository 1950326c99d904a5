package sip

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/digest"
	"parley/sip/registration"
	"parley/sip/trunk"
)

// qualifying asks a trunk's host again and again whether it is there: the
// shell of a registration.Probe.
type qualifying struct {
	srv     *Server
	log     *slog.Logger
	trunk   *trunk.Trunk
	uri     sipmsg.Uri
	hop     sipmsg.Uri
	inquiry *inquiry
	rtt     atomic.Int64 // nanoseconds
}

func (s *Server) newQualifying(t *trunk.Trunk) (*qualifying, error) {
	uri, err := hostURI(t.Host, t.Transport)
	if err != nil {
		return nil, err
	}
	q := &qualifying{srv: s, log: s.log.With("trunk", t.Name), trunk: t, uri: uri, hop: uri}
	if t.OutboundProxy != "" {
		if q.hop, err = hostURI(t.OutboundProxy, t.Transport); err != nil {
			return nil, err
		}
	}
	local := party{uri: sipmsg.Uri{Scheme: "sip", User: cmp.Or(t.Auth.Username, "parley"), Host: cmp.Or(t.Domain, uri.Host)}}
	remote := party{uri: sipmsg.Uri{Scheme: "sip", Host: uri.Host}}
	auth := digest.NewClient(digest.Account{Username: t.AuthName(), Password: t.Auth.Password, Realm: t.Auth.Realm})
	q.inquiry = s.newInquiry(t.Name, local, remote, auth)
	if t.OutboundProxy != "" {
		q.inquiry.st.routes = []sipmsg.Uri{q.hop}
		q.inquiry.st.routes[0].UriParams.Add("lr", "")
	}
	return q, nil
}

// run asks until ctx ends.
func (q *qualifying) run(ctx context.Context) {
	defer q.inquiry.close()
	p := registration.NewProbe(q.trunk.Qualify.Every, q.trunk.Qualify.Failures)
	for ctx.Err() == nil {
		p = p.Ask(time.Now(), rand.Float64())
		err := q.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		was := p.Health()
		p = p.Answered(err == nil, time.Now())
		q.trunk.SetHealth(p.Health())
		q.rtt.Store(int64(p.RoundTrip()))
		switch {
		case p.Health() == registration.Down && was != registration.Down:
			q.log.Warn("trunk is down", "host", q.trunk.Host, "error", err)
		case p.Health() == registration.Up && was != registration.Up:
			q.log.Info("trunk is up", "host", q.trunk.Host, "round_trip", p.RoundTrip().Round(time.Microsecond))
		}
		wait(ctx, p.Timer())
	}
}

// ask sends one OPTIONS. Any answer shows that somebody is there, but for
// those that say that no call would be taken.
func (q *qualifying) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, q.trunk.Qualify.Timeout)
	defer cancel()
	res, err := q.inquiry.ask(ctx, sipmsg.OPTIONS, q.uri, q.hop, "parley", func(req *sipmsg.Request) {
		req.AppendHeader(&sipmsg.ContactHeader{Address: q.inquiry.st.contact})
		req.AppendHeader(sipmsg.NewHeader("Accept", sdpType))
	})
	var p registration.Problem
	if errors.As(err, &p) && p.Step == registration.StepAuthenticate {
		return nil // who asks for a password is there
	}
	if err == nil && (res.StatusCode == 408 || res.StatusCode == 503) {
		err = refusef(res.StatusCode, "%s", res.Reason)
	}
	return err
}
