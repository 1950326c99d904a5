package sip

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/sip/stir"
	"parley/sip/stir/stirtest"
	"parley/sip/trunk"
)

const (
	signer = "12155551212" // the numbers of stirtest's tokens
	wanted = "12155551213"
)

// verifying is a configuration whose only trunk wants callers verified.
func verifying(a *stirtest.Authority, policy string) Config {
	cfg := testConfig()
	cfg.STIR = a.Config()
	cfg.Trunks[0].Identity = policy
	return cfg
}

// signed is an INVITE with Identity headers.
func signed(p *peer, headers ...string) req {
	r := req{method: "INVITE", seq: 1, from: signer, uri: "sip:+" + wanted + "@" + p.to.String(), body: sdpOf(4000)}
	for _, h := range headers {
		r.headers += "Identity: " + h + "\r\n"
	}
	return r
}

// hangupAfter ends a call that was answered.
func (p *peer) hangupAfter(toTag string) {
	p.t.Helper()
	p.send(req{method: "ACK", seq: 1, toTag: toTag})
	p.send(req{method: "BYE", seq: 2, toTag: toTag})
	p.response(200, "BYE")
}

type claims = map[string]any

// TestUnvouchedCallersAreRefused: the statuses of RFC 8224 §6.2.2, where a
// trunk requires verification.
func TestUnvouchedCallersAreRefused(t *testing.T) {
	a := stirtest.New(t)
	good := a.Issue("good", nil)
	stranger := stirtest.New(t).Issue("stranger", nil)
	elsewhere := a.Page("/stranger", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(stranger.PEM) })
	s := start(t, verifying(a, trunk.Require), func(context.Context, call.Call) error { return errors.New("nobody should get here") })
	for _, test := range []struct {
		code    int
		phrase  string
		headers []string
	}{
		{428, "Use Identity Header", nil},
		{436, "Bad Identity Info", []string{good.Token(claims{"x5u": a.URL + "/nothing"}, nil)}},
		{437, "Unsupported Credential", []string{stranger.Token(claims{"x5u": elsewhere}, nil)}},
		{438, "Invalid Identity Header", []string{good.Token(nil, claims{"orig": claims{"tn": "1"}})}},
		{438, "Invalid Identity Header", []string{"garbage"}},
		{403, "Stale Date", []string{good.Token(nil, claims{"iat": time.Now().Add(-time.Hour).Unix()})}},
	} {
		p := newPeer(t, s)
		p.send(signed(p, test.headers...))
		res := p.response(test.code, "INVITE")
		reason := res.GetHeader("Reason")
		if res.Reason != test.phrase || reason == nil || !strings.HasPrefix(reason.Value(), "STIR;cause=") {
			t.Errorf("%d %s, %v", test.code, res.Reason, reason)
		}
		p.send(req{method: "ACK", seq: 1, branch: res.Via().Params.GetOr("branch", ""), toTag: toTag(res), uri: "sip:+" + wanted + "@" + p.to.String()})
	}
	if st := s.Stats().Identity; st.None != 2 || st.Failed != 4 || st.Passed != 0 {
		t.Errorf("%+v", st)
	}
}

// TestVerifiedCallersComeIn: what is found stands in the call's Info, with
// either policy; without verification nothing is fetched.
func TestVerifiedCallersComeIn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		policy        string
		claims        claims
		verstat, word string
	}{
		{trunk.Require, nil, stir.Passed, "verified"},
		{trunk.Verify, nil, stir.Passed, "verified"},
		{trunk.Verify, claims{"orig": claims{"tn": "1"}}, stir.Failed, "unverified: orig"},
		{trunk.Record, nil, "", "unverified: claims agree"},
		{trunk.Off, nil, "", ""},
	} {
		t.Run(test.policy+test.verstat, func(t *testing.T) {
			a := stirtest.New(t)
			handler, calls := reporting()
			s := start(t, verifying(a, test.policy), handler)
			p := newPeer(t, s)
			p.send(signed(p, a.Issue("good", nil).Token(nil, test.claims)))
			ok := p.response(200, "INVITE")
			id := next(t, calls).Info().Identity
			p.hangupAfter(toTag(ok))
			if id.Verstat != test.verstat || (id.Attest == "A") != (test.verstat == stir.Passed) {
				t.Errorf("%+v", id)
			}
			if test.word == "" && len(id.Signed) != 0 || test.word != "" && !strings.HasPrefix(id.Signed[0].Verdict, test.word) {
				t.Errorf("verdicts %+v", id.Signed)
			}
			if test.verstat == "" && a.Asked.Load() != 0 {
				t.Error("a certificate was fetched that nobody wanted")
			}
		})
	}
}

// TestEmergencyCallsNeedNoSignature.
func TestEmergencyCallsNeedNoSignature(t *testing.T) {
	a := stirtest.New(t)
	handler, calls := reporting()
	s := start(t, verifying(a, trunk.Require), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, uri: "sip:112@" + p.to.String(), body: sdpOf(4000)})
	ok := p.response(200, "INVITE")
	if v := next(t, calls).Info().Identity.Verstat; v != stir.None {
		t.Errorf("verstat %q", v)
	}
	p.hangupAfter(toTag(ok))
}

// TestACallerWhoWaitsForACertificate may give up, or go on unverified when it
// takes too long.
func TestACallerWhoWaitsForACertificate(t *testing.T) {
	t.Parallel()
	a := stirtest.New(t)
	asked := make(chan struct{}, 8)
	url := a.Page("/slow", func(_ http.ResponseWriter, r *http.Request) { asked <- struct{}{}; <-r.Context().Done() })
	token := a.Issue("good", nil).Token(claims{"x5u": url}, nil)
	for _, test := range []struct {
		name     string
		deadline time.Duration
	}{{"gives up", 30 * time.Second}, {"goes on", 100 * time.Millisecond}} {
		t.Run(test.name, func(t *testing.T) {
			cfg := verifying(a, trunk.Verify)
			cfg.STIR.Deadline = test.deadline
			handler, calls := reporting()
			s := start(t, cfg, handler)
			p := newPeer(t, s)
			r := signed(p, token)
			r.branch = "z9hG4bK" + newTag()
			p.send(r)
			<-asked
			if test.name == "goes on" {
				ok := p.response(200, "INVITE")
				id := next(t, calls).Info().Identity
				if id.Verstat != stir.None || id.Signed[0].Verdict != "unverified: certificate "+url+": fetch timed out" {
					t.Errorf("%+v", id)
				}
				p.hangupAfter(toTag(ok))
				return
			}
			p.send(req{method: "CANCEL", seq: 1, branch: r.branch, uri: r.uri, from: signer})
			res := p.response(487, "INVITE")
			p.send(req{method: "ACK", seq: 1, branch: r.branch, toTag: toTag(res), uri: r.uri})
			if e := ending(t, next(t, calls)); e.Cause != call.Cancelled {
				t.Errorf("ended %v", e)
			}
		})
	}
}

// TestWeVouchForOurCallers: another house believes what we sign.
func TestWeVouchForOurCallers(t *testing.T) {
	a := stirtest.New(t)
	good := a.Issue("good", nil)
	handler, calls := reporting()
	far := start(t, verifying(a, trunk.Require), handler)
	cfg := testConfig()
	cfg.Trunks[0].Sign = stir.Signing{Key: good.KeyFile, Certificate: good.URL, Attest: "B"}
	near := launch(t, cfg, answering, portsAt(t, "127.0.0.1"))
	c, err := near.Originate(t.Context(), call.Target{URI: "sip:+" + wanted + "@" + far.addr("udp").String(), Caller: "+" + signer})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	id := next(t, calls).Info().Identity
	if id.Verstat != stir.Passed || id.Attest != "B" || len(id.Signed) != 1 || id.Signed[0].Orig != signer {
		t.Errorf("%+v", id)
	}
	c.Hangup(call.System, call.Normal)
	ending(t, c)
}

// TestKeysThatCannotBeReadAreNamed, and the old ones stay.
func TestKeysThatCannotBeReadAreNamed(t *testing.T) {
	s := start(t, testConfig(), answering)
	cfg := testConfig()
	cfg.Listen = s.config().Listen
	cfg.Trunks[0].Sign = stir.Signing{Key: "/nowhere", Certificate: "https://x", Attest: "A"}
	if err := s.Reload(cfg); err == nil || !strings.Contains(err.Error(), "trunk loopback") || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("%v", err)
	}
	if s.config().Trunks[0].Sign.On() {
		t.Error("the configuration counts all the same")
	}
}
