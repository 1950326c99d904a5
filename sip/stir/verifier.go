package stir

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"parley/sip/identity"
)

// Verifier checks signatures. It is safe for concurrent use.
type Verifier struct {
	cfg     Config
	anchors *x509.CertPool
	certs   *fetcher
	counts  *counts
}

type counts struct{ passed, failed, none, fetched, fetchFailed atomic.Uint64 }

// New makes a Verifier; Close ends it. Without anchors nothing passes. It
// takes the place of old, whose counters it goes on with; old may be nil.
func New(cfg Config, old *Verifier) (*Verifier, error) {
	v := &Verifier{cfg: cfg, anchors: x509.NewCertPool(), counts: new(counts)}
	if old != nil {
		v.counts = old.counts
	}
	if cfg.Anchors != "" {
		if err := load(cfg.Anchors, v.anchors); err != nil {
			return nil, fmt.Errorf("stir: trust anchors: %w", err)
		}
	}
	var servers *x509.CertPool
	if cfg.CA != "" {
		servers = x509.NewCertPool()
		if err := load(cfg.CA, servers); err != nil {
			return nil, fmt.Errorf("stir: authorities of certificate servers: %w", err)
		}
	}
	v.certs = newFetcher(servers, cfg.Private, v.chain, v.counts)
	return v, nil
}

// Close ends all fetching.
func (v *Verifier) Close() { v.certs.close() }

// Stats counts verified calls by what was found, and fetches of certificates.
type Stats struct {
	Passed      uint64 `json:"passed"`
	Failed      uint64 `json:"failed"`
	None        uint64 `json:"none"`
	Fetched     uint64 `json:"fetched" doc:"certificates"`
	FetchFailed uint64 `json:"fetch_failed"`
}

// Stats returns the counters.
func (v *Verifier) Stats() Stats {
	c := v.counts
	return Stats{c.passed.Load(), c.failed.Load(), c.none.Load(), c.fetched.Load(), c.fetchFailed.Load()}
}

// Call is a call to be verified.
type Call struct {
	// Headers are its Identity headers.
	Headers []string
	// Orig are the numbers that it shows as the caller's (From,
	// P-Asserted-Identity), Dest those that it is for (To, Request-URI).
	Orig, Dest []string
	// Date is its Date header, the zero time if there is none.
	Date time.Time
}

// Verify finds out whether somebody whom we believe vouches for a call. It
// waits for certificates, at most as long as the deadline.
func (v *Verifier) Verify(ctx context.Context, c Call, now time.Time) Result {
	ctx, cancel := context.WithTimeoutCause(ctx, v.cfg.Deadline, errSlow)
	defer cancel()
	e := examination{Verifier: v, call: c, now: now}
	r := e.examine(ctx)
	switch r.Verstat {
	case Passed:
		v.counts.passed.Add(1)
	case Failed:
		v.counts.failed.Add(1)
	default:
		v.counts.none.Add(1)
	}
	return r
}

var errSlow = errors.New("fetch timed out")

// examination is the verification of one call.
type examination struct {
	*Verifier
	call  Call
	now   time.Time
	ports []identity.Passport
}

const (
	shaken = "shaken"
	div    = "div"
)

// maxHeaders bounds what one call makes us do.
const maxHeaders = 8

func (e *examination) examine(ctx context.Context) Result {
	r := Result{Verstat: None, Problem: problemf(noIdentity, "there is no Identity header that can be used")}
	candidate := false // somebody vouches, rightly or not
	for i, h := range e.call.Headers {
		p, err := identity.ParsePassport(h)
		if i >= maxHeaders {
			err = errTooMany
		}
		if err != nil {
			p = identity.Passport{} // stays unread
		}
		e.ports = append(e.ports, p)
		verdict := "unverified: "
		if err != nil {
			verdict += err.Error()
			if !candidate {
				r.Problem = &Problem{badHeader, err.Error()}
			}
		}
		r.Verdicts = append(r.Verdicts, verdict)
	}
	for i, p := range e.ports {
		if p.Signature == "" {
			continue // not readable
		}
		problem := e.check(ctx, p)
		if problem == nil {
			r.Verdicts[i] = "verified"
		} else {
			r.Verdicts[i] += problem.Why
		}
		if p.Extension != "" && p.Extension != shaken {
			continue // it supports others, and says nothing alone
		}
		if problem == nil {
			problem = e.meant(ctx, p)
			if problem != nil {
				r.Verdicts[i] = "unverified: " + problem.Why
			}
		}
		switch {
		case problem == nil && r.Verstat != Passed:
			r.Verstat, r.Attest, r.Problem = Passed, p.Attest, nil
		case r.Verstat != Passed && !candidate:
			r.Problem = problem
		}
		candidate = true
	}
	if r.Problem != nil {
		r.Verstat = r.Problem.verstat()
	}
	return r
}

var errTooMany = errors.New("too many Identity headers")

// check verifies one PASSporT, but for whom it is meant (RFC 8224 §6.2).
func (e *examination) check(ctx context.Context, p identity.Passport) *Problem {
	if p.Extension != "" && p.Extension != shaken && p.Extension != div {
		return problemf(noIdentity, "ppt %q is not known", p.Extension)
	}
	if p.Compact {
		if problem := e.expand(&p); problem != nil {
			return problem
		}
	}
	age := e.now.Sub(p.IssuedAt).Round(time.Second)
	switch {
	case p.Algorithm != "ES256":
		return problemf(badHeader, "algorithm %q is not ES256", p.Algorithm)
	case !usable(p.Certificate):
		return problemf(badInfo, "%q is no https URL of a certificate", p.Certificate)
	case p.Info != "" && p.Info != p.Certificate:
		return problemf(badInfo, "info %q is not its x5u %q", p.Info, p.Certificate)
	case p.IssuedAt.IsZero():
		return problemf(badHeader, "it does not say when it was issued")
	case age > e.cfg.Freshness:
		return problemf(stale, "stale, issued %s ago", age)
	case age < -e.cfg.Freshness:
		return problemf(stale, "issued %s in the future", -age)
	case p.Extension == shaken && !strings.Contains("ABC", p.Attest) || p.Extension == shaken && len(p.Attest) != 1:
		return problemf(badHeader, "attest %q is not A, B or C", p.Attest)
	case !among(e.call.Orig, []string{p.Orig}):
		return problemf(badHeader, "orig %q is not the caller %q", p.Orig, strings.Join(e.call.Orig, ","))
	}
	key, err := e.certs.key(ctx, p.Certificate, e.now)
	if problem := (*Problem)(nil); errors.As(err, &problem) {
		return problem
	} else if err != nil {
		return problemf(badInfo, "certificate %s: %v", p.Certificate, err)
	}
	if !signed(key, p) {
		return problemf(badHeader, "the signature is wrong")
	}
	return nil
}

// expand gives a compact PASSporT what was left out of it: the claims are the
// request's (RFC 8224 §7). SHAKEN has no compact form (RFC 8588 §5).
func (e *examination) expand(p *identity.Passport) *Problem {
	switch {
	case p.Extension != "":
		return problemf(badHeader, "compact form, which %s does not have", p.Extension)
	case e.call.Date.IsZero():
		return problemf(badHeader, "compact form without a Date header")
	case len(e.call.Orig) == 0 || len(e.call.Dest) == 0:
		return problemf(badHeader, "compact form of a call without numbers")
	}
	p.Algorithm = "ES256" // the default (RFC 8224 §4)
	p.Orig, p.Dest, p.IssuedAt = identity.Canonical(e.call.Orig[0]), []string{identity.Canonical(e.call.Dest[0])}, e.call.Date
	p.Input = part(header{Alg: p.Algorithm, Typ: typ, X5U: p.Certificate}) + "." +
		part(claims{Dest: many{p.Dest}, Iat: p.IssuedAt.Unix(), Orig: one{p.Orig}})
	return nil
}

// meant tells whether p is for this call: for the number that was called, or
// for one that it was diverted from, as signed div PASSporTs say (RFC 8946).
func (e *examination) meant(ctx context.Context, p identity.Passport) *Problem {
	if p.Compact {
		return nil // its claims are the call's
	}
	wanted := e.call.Dest
	for range e.ports {
		if among(wanted, p.Dest) {
			return nil
		}
		i := slices.IndexFunc(e.ports, func(d identity.Passport) bool {
			return d.Extension == div && d.Div != "" && among(wanted, d.Dest)
		})
		if i < 0 || e.check(ctx, e.ports[i]) != nil {
			break
		}
		wanted = []string{e.ports[i].Div}
	}
	return problemf(badHeader, "dest %q is not the called number %q", strings.Join(p.Dest, ","), strings.Join(e.call.Dest, ","))
}

// among tells whether one of numbers is one of others.
func among(numbers, others []string) bool {
	return slices.ContainsFunc(numbers, func(a string) bool {
		return slices.ContainsFunc(others, func(b string) bool {
			return a != "" && identity.Canonical(a) == identity.Canonical(b)
		})
	})
}

// signed verifies the signature: r and s of 32 bytes each (RFC 7518 §3.4).
func signed(key *ecdsa.PublicKey, p identity.Passport) bool {
	sig, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(p.Signature, "="))
	if err != nil || len(sig) != 64 {
		return false
	}
	hash := sha256.Sum256([]byte(p.Input))
	return ecdsa.Verify(key, hash[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
}

var errNoCertificates = errors.New("no certificate in it")

func load(file string, pool *x509.CertPool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !pool.AppendCertsFromPEM(text) {
		return fmt.Errorf("%s: %w", file, errNoCertificates)
	}
	return nil
}
