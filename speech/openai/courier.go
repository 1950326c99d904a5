package openai

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	mostComplaint = 16 << 10 // bytes read of a refusal
	mostStream    = 16 << 20 // bytes read of an answer, its wrapping included
	idleTime      = 90 * time.Second
)

func newTransport(c Config, dial Dial) *http.Transport {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
			defer cancel()
			return dial(ctx, network, address)
		},
		TLSHandshakeTimeout: c.ConnectTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     idleTime,
	}
}

// courier brings the SDK's requests to the configured address, with the key,
// and bounds what comes back. The SDK never sees the key.
type courier struct {
	c    Config
	at   *url.URL
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (k *courier) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	at := *k.at
	r.URL, r.Host = &at, ""
	if key := string(k.c.Key); key != "" {
		if k.c.Protocol == ProtocolAzure {
			r.Header.Set("Api-Key", key)
		} else {
			r.Header.Set("Authorization", "Bearer "+key)
		}
	}
	res, err := k.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		res.Body = &bounded{ReadCloser: res.Body, left: mostStream}
		return res, nil
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, mostComplaint)) // what came of it is enough
	return nil, &statusError{code: res.StatusCode, header: res.Header, body: body}
}

var errTooLong = errors.New("the stream does not end")

// bounded is a body of which no more than left bytes are read.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
