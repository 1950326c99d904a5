// Package deepgram recognises and speaks by the streaming protocols of
// Deepgram: /v1/listen and /v1/speak over WebSocket.
package deepgram

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"parley/speech"
)

// Name is what the configuration calls the service.
const Name = "deepgram"

// Dial opens a connection, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

const (
	mostMessage  = 1 << 20 // bytes; a transcript has a few thousand, audio some ten thousand
	longestRetry = 10 * time.Minute
	msgFinalize  = `{"type":"Finalize"}`
	msgKeepAlive = `{"type":"KeepAlive"}`
	msgCloseEar  = `{"type":"CloseStream"}`
	msgFlush     = `{"type":"Flush"}`
	msgClear     = `{"type":"Clear"}`
	msgClose     = `{"type":"Close"}`
)

// client opens WebSockets.
type client struct {
	c    Config
	http *http.Client
}

func newClient(c Config, dial Dial) *client {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &client{c: c, http: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSHandshakeTimeout: c.ConnectTimeout,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout) // a transport dials on when nobody waits any more
				defer cancel()
				return dial(ctx, network, address)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// dial opens one WebSocket. Errors: ErrBusy, ErrUnavailable, and ErrNoVoice
// when the service does not know what is asked for.
func (k *client) dial(ctx context.Context, path string, query url.Values) (*websocket.Conn, error) {
	at, err := url.Parse(k.c.URL)
	if err != nil {
		return nil, speech.Unavailable(speech.ErrRefused, "deepgram: the URL cannot be read")
	}
	query = maps.Clone(query)
	if k.c.OptOut {
		query.Set("mip_opt_out", "true")
	}
	at = at.JoinPath(path)
	at.RawQuery = query.Encode()
	limited, cancel := context.WithTimeout(ctx, k.c.ConnectTimeout)
	defer cancel()
	ws, res, err := websocket.Dial( //nolint:bodyclose // Dial closes it, or the connection owns it
		limited, at.String(), &websocket.DialOptions{
			HTTPClient: k.http, HTTPHeader: http.Header{"Authorization": {"Token " + string(k.c.Key)}},
		})
	if err == nil {
		ws.SetReadLimit(-1) // read has its own, which does not wait for a farewell
		return ws, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	what := fmt.Sprintf("deepgram: connect to %s", at.Host)
	if limited.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		return nil, speech.Unavailable(speech.ErrTimeout, "%s", what)
	}
	if res == nil {
		return nil, fmt.Errorf("%s: %w: %w", what, speech.ErrUnavailable, innermost(err))
	}
	what += fmt.Sprintf(": status %d", res.StatusCode)
	after, _ := strconv.ParseFloat(res.Header.Get("Retry-After"), 64)
	switch code := res.StatusCode; {
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && after > 0:
		return nil, fmt.Errorf("%s: %w", what, &speech.BusyError{
			Provider: Name, After: min(time.Duration(max(0, min(after, 1e6))*float64(time.Second)), longestRetry),
		})
	case code >= 500, code == http.StatusRequestTimeout:
		return nil, speech.Unavailable(speech.ErrBroken, "%s", what)
	case code == http.StatusBadRequest: // no such model, language or voice
		return nil, fmt.Errorf("%s: %w: %w", what, speech.ErrNoVoice, speech.Unavailable(speech.ErrRefused, "as asked"))
	}
	return nil, speech.Unavailable(speech.ErrRefused, "%s", what)
}

// innermost is what all the wrapping is about.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// write sends one message.
func (k *client) write(ctx context.Context, ws *websocket.Conn, kind websocket.MessageType, b []byte) error {
	ctx, cancel := context.WithTimeout(ctx, k.c.WriteTimeout)
	defer cancel()
	if err := ws.Write(ctx, kind, b); err != nil {
		return broken(err)
	}
	return nil
}

// read waits for a message. One that is too long breaks the connection.
func read(ctx context.Context, ws *websocket.Conn) (websocket.MessageType, []byte, error) {
	kind, r, err := ws.Reader(ctx)
	if err != nil {
		return 0, nil, broken(err)
	}
	b, err := io.ReadAll(io.LimitReader(r, mostMessage+1))
	if err != nil {
		return 0, nil, broken(err)
	}
	if len(b) > mostMessage {
		return 0, nil, speech.Unavailable(speech.ErrBroken, "deepgram: a message has more than %d bytes", mostMessage)
	}
	return kind, b, nil
}

// broken says why a connection ended.
func broken(err error) error {
	what := "the connection broke"
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		what = fmt.Sprintf("the service closed with %d %s", closed.Code, printable(closed.Reason))
		switch {
		case strings.Contains(closed.Reason, "429"):
			return fmt.Errorf("deepgram: %s: %w", what, &speech.BusyError{Provider: Name})
		case closed.Code == websocket.StatusPolicyViolation:
			return speech.Unavailable(speech.ErrRefused, "deepgram: %s", what)
		}
	}
	return speech.Unavailable(speech.ErrBroken, "deepgram: %s", what)
}

// printable makes a server's words fit for a log.
func printable(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), 120)], "")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// appendPCM writes samples as linear16.
func appendPCM(b []byte, pcm []int16) []byte {
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}
