package stir

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// workers is how many certificates are fetched at once.
	workers = 16
	// fetchTime bounds one fetch; others may still wait for what comes after
	// one call's deadline.
	fetchTime = 10 * time.Second
	// maxBytes bounds a certificate with its chain.
	maxBytes = 64 << 10
	// maxKept is how many certificates are remembered.
	maxKept = 1000
	// A certificate is kept for as long as its server says, within limits;
	// a failure for a while, so that it costs one fetch and not one a call.
	keptUsually = time.Hour
	keptAtMost  = 24 * time.Hour
	keptFailure = 30 * time.Second
)

var (
	errBusy     = errors.New("too many certificates are being fetched")
	errPrivate  = errors.New("a private address; sip.stir.private allows it")
	errRedirect = errors.New("it leads elsewhere")
	errClosed   = errors.New("verification is being stopped")
)

// fetcher gets certificates and remembers them.
type fetcher struct {
	client *http.Client
	chain  func(data []byte, now time.Time) (*credential, error)
	slots  chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	entries map[string]*entry
	counts  *counts
}

// entry is a certificate that is there or on its way.
type entry struct {
	done  chan struct{} // closed when the rest is known
	cred  *credential
	err   error
	until time.Time
}

func newFetcher(servers *x509.CertPool, private bool, chain func([]byte, time.Time) (*credential, error), n *counts) *fetcher {
	f := &fetcher{chain: chain, slots: make(chan struct{}, workers), entries: make(map[string]*entry), counts: n}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	dialer := &net.Dialer{Timeout: fetchTime, Control: func(_, address string, _ syscall.RawConn) error {
		if a, err := netip.ParseAddrPort(address); !private && (err != nil || !public(a.Addr())) {
			return errPrivate
		}
		return nil
	}}
	f.client = &http.Client{
		Timeout: fetchTime,
		// No proxy: it would look up the name, and the address go unchecked.
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: servers},
			DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
	return f
}

// close ends every fetch.
func (f *fetcher) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	f.wg.Wait()
}

// key returns the key of the certificate at url. It waits for it until ctx
// ends. Errors that are a *Problem concern the certificate itself.
func (f *fetcher) key(ctx context.Context, url string, now time.Time) (*ecdsa.PublicKey, error) {
	e, err := f.entry(url, now)
	if err != nil {
		return nil, err
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	switch {
	case e.err != nil:
		return nil, e.err
	case now.Before(e.cred.before) || now.After(e.cred.expires):
		return nil, problemf(badCredential, "the certificate has expired, or does not count yet")
	}
	return e.cred.key, nil
}

// entry returns what is known of url, and begins to fetch it if that is
// nothing.
func (f *fetcher) entry(url string, now time.Time) (*entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.entries[url]; e != nil && !e.expired(now) {
		return e, nil
	}
	if f.closed {
		return nil, errClosed
	}
	select {
	case f.slots <- struct{}{}:
	default:
		return nil, errBusy
	}
	f.makeRoom(now)
	e := &entry{done: make(chan struct{})}
	f.entries[url] = e
	f.wg.Go(func() {
		defer func() { <-f.slots }()
		e.cred, e.until, e.err = f.fetch(url, now)
		f.counts.fetched.Add(1)
		if e.err != nil {
			f.counts.fetchFailed.Add(1)
			e.until = now.Add(keptFailure)
		}
		close(e.done)
	})
	return e, nil
}

func (e *entry) expired(now time.Time) bool {
	select {
	case <-e.done:
		return !now.Before(e.until)
	default:
		return false // on its way
	}
}

// makeRoom forgets what has expired if there is no room for another, and if
// nothing has, anything that has arrived.
func (f *fetcher) makeRoom(now time.Time) {
	if len(f.entries) < maxKept {
		return
	}
	victim := ""
	for url, e := range f.entries {
		select {
		case <-e.done:
			if victim = url; e.expired(now) {
				delete(f.entries, url)
			}
		default:
		}
	}
	if len(f.entries) >= maxKept {
		delete(f.entries, victim)
	}
}

func (f *fetcher) fetch(url string, now time.Time) (*credential, time.Time, error) {
	req, err := http.NewRequestWithContext(f.ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, now, err
	}
	req.Header.Set("Accept", "application/pem-certificate-chain, application/pkix-cert, */*;q=0.1")
	res, err := f.client.Do(req)
	if err != nil {
		return nil, now, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, now, fmt.Errorf("the server answered %s", res.Status)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxBytes+1))
	switch {
	case err != nil:
		return nil, now, err
	case len(data) > maxBytes:
		return nil, now, fmt.Errorf("it is longer than %d bytes", maxBytes)
	}
	cred, err := f.chain(data, now)
	if err != nil {
		return nil, now, err
	}
	return cred, now.Add(lifetime(res.Header)), nil
}

// lifetime is how long a response may be kept (RFC 9111 §5.2.2).
func lifetime(h http.Header) time.Duration {
	for _, d := range strings.Split(strings.ToLower(h.Get("Cache-Control")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				return min(time.Duration(n)*time.Second, keptAtMost)
			}
		}
	}
	return keptUsually
}

// reserved are addresses that no server of the public network has, beside
// those that netip knows.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("2002::/16"),
}

// public tells whether an address is one of the public network.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
