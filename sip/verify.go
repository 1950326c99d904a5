package sip

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/stir"
	"parley/sip/trunk"
)

// vouching is what the server needs to verify callers and to sign for them.
type vouching struct {
	verifier *stir.Verifier
	signers  map[string]*stir.Signer // by trunk
}

// newVouching reads the keys and anchors that cfg names. It takes over the
// counters of old, which may be nil.
func newVouching(cfg *Config, old *vouching) (*vouching, error) {
	v := &vouching{signers: make(map[string]*stir.Signer)}
	for _, t := range cfg.Trunks {
		if !t.Sign.On() {
			continue
		}
		s, err := stir.NewSigner(t.Sign)
		if err != nil {
			return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
		}
		v.signers[t.Name] = s
	}
	var before *stir.Verifier
	if old != nil {
		before = old.verifier
	}
	var err error
	v.verifier, err = stir.New(cfg.STIR, before)
	return v, err
}

// vouched has the signatures of an incoming call verified, if its trunk wants
// that, and keeps what is found in its Info. It waits for certificates and
// must not run on the actor. It reports false if the call has been refused.
func (c *sipCall) vouched(req *sipmsg.Request, via *trunk.Trunk) bool {
	if p := via.Identity; p != trunk.Verify && p != trunk.Require || c.info.Transferred {
		return true
	}
	r := c.srv.vouching.Load().verifier.Verify(c.Context(), claimOf(req, via), time.Now())
	if c.ended() != nil {
		return true // its Handler sees that
	}
	known := make(chan struct{})
	if !c.post(func() {
		defer close(known)
		id := c.info.Identity
		id.Verstat, id.Attest = r.Verstat, r.Attest
		id.Signed = slices.Clone(id.Signed)
		for i := range id.Signed {
			id.Signed[i].Verdict = r.Verdicts[i]
		}
		c.info.Identity = id
	}) {
		return true
	}
	<-known
	if r.Problem == nil {
		c.log.Info("caller verified", "verstat", r.Verstat, "attest", r.Attest)
		return true
	}
	if via.Identity == trunk.Verify || slices.Contains(c.cfg.Emergency, trunk.Digits(c.info.Called)) { // who needs help is not asked who he is
		c.log.Info("caller not verified", "verstat", r.Verstat, "why", r.Problem)
		return true
	}
	c.log.Info("incoming call refused", "code", r.Problem.Status, "why", r.Problem)
	c.post(func() {
		if c.current != nil {
			c.current.refuseUnvouched(r.Problem)
		}
	})
	return false
}

// claimOf is what the peer says of a call, for those who sign it to confirm:
// an asserted identity counts if the peer is trusted to tell it.
func claimOf(req *sipmsg.Request, via *trunk.Trunk) stir.Call {
	p := presented(req)
	c := stir.Call{Headers: p.Signed, Orig: []string{user(req.From().Address)}, Dest: []string{user(req.To().Address), user(req.Recipient)}}
	if via.CallerID.Trusted {
		for _, a := range p.Asserted {
			c.Orig = append(c.Orig, a.User())
		}
	}
	if text, ok := header(req, "Date", ""); ok {
		c.Date, _ = http.ParseTime(text)
	}
	return c
}

// refuseUnvouched refuses a call that nobody vouches for, and says why in STIR's
// terms (RFC 8224 §6.2.2, RFC 9410).
func (d *dialog) refuseUnvouched(p *stir.Problem) {
	if d.uas == nil || !d.early || d.over {
		return
	}
	res := d.srv.response(d.uas.req, p.Status)
	res.Reason = p.Phrase()
	res.AppendHeader(sipmsg.NewHeader("Reason", fmt.Sprintf("STIR;cause=%d;text=%q", p.Status, p.Phrase())))
	if err := d.respondInvite(res); err != nil {
		return
	}
	d.early = false
	d.finish(call.System, call.Restricted, p.Status, p.Phrase())
	d.close()
}

// vouch signs for the caller of a call that goes out over via, if we do that
// there and nobody has yet.
func (s *Server) vouch(via *trunk.Trunk, out *trunk.Call) {
	signer := s.vouching.Load().signers[via.Name]
	if signer == nil || len(out.Signed) > 0 {
		return
	}
	orig := out.Caller
	if len(out.Asserted) > 0 {
		orig = out.Asserted[0].User()
	}
	header, err := signer.Sign(orig, out.Called, time.Now())
	if err != nil {
		s.log.Info("caller not vouched for", "trunk", via.Name, "error", err)
		return
	}
	out.Headers = append(out.Headers, trunk.Header{Name: "Identity", Value: header})
}
