package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"parley/speech"
)

// statusError is an answer whose status is not 200.
type statusError struct {
	code   int
	header http.Header
	body   []byte
}

func (e *statusError) Error() string { return "status " + strconv.Itoa(e.code) }

// trouble is how the protocol's servers tell a fault in JSON.
type trouble struct {
	Error struct {
		Message string `json:"message"`
		Code    any    `json:"code"`
		Type    string `json:"type"`
	} `json:"error"`
	BaseResp *struct { // MiniMax
		Code    int    `json:"status_code"`
		Message string `json:"status_msg"`
	} `json:"base_resp"`
}

// protocolError is a fault that was told within the stream.
type protocolError struct {
	busy, refused bool
	text          string
}

func (e *protocolError) Error() string { return e.text }

// readable tells whether raw is JSON of a trouble.
func readable(raw string, t *trouble) bool { return json.Unmarshal([]byte(raw), t) == nil }

// complaint returns the fault that a chunk tells instead of an answer.
func complaint(raw string) error {
	if !strings.Contains(raw, `"base_resp"`) {
		return nil
	}
	var t trouble
	if !readable(raw, &t) || t.BaseResp == nil || t.BaseResp.Code == 0 {
		return nil
	}
	const limited, noKey, noBalance, noSense = 1002, 1004, 1008, 2013
	code := t.BaseResp.Code
	return &protocolError{
		busy: code == limited || code == 1039, refused: code == noKey || code == noBalance || code == noSense || code == 2049,
		text: fmt.Sprintf("fault %d: %s", code, t.BaseResp.Message),
	}
}

// explain maps what went wrong to the errors of speech.Model. A key never
// stands in it.
func (m *Model) explain(err error) error {
	var status *statusError
	var told *protocolError
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &status):
		return m.explainStatus(status)
	case errors.As(err, &told) && told.busy:
		return fmt.Errorf("%s: %w", m.clean(told.text), &speech.BusyError{Provider: m.c.Name})
	case errors.As(err, &told) && told.refused:
		return speech.Unavailable(speech.ErrRefused, "%s: %s", m.c.Name, m.clean(told.text))
	case errors.Is(err, speech.ErrUnavailable):
		return fmt.Errorf("%s: %w", m.c.Name, err)
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return speech.Unavailable(speech.ErrTimeout, "%s: connect to %s", m.c.Name, m.host())
	case errors.As(err, &op) && op.Op == "dial", strings.Contains(fmt.Sprint(err), "tls: "), strings.Contains(fmt.Sprint(err), "x509: "):
		return fmt.Errorf("%s: connect to %s: %w: %s", m.c.Name, m.host(), speech.ErrUnavailable, m.clean(innermost(err).Error()))
	case strings.Contains(fmt.Sprint(err), "rate_limit"):
		return &speech.BusyError{Provider: m.c.Name}
	case err == nil:
		return speech.Unavailable(speech.ErrBroken, "%s: the stream ended", m.c.Name)
	}
	return speech.Unavailable(speech.ErrBroken, "%s: %s", m.c.Name, m.clean(err.Error()))
}

// innermost is what all the wrapping is about; that would quote the address.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func (m *Model) explainStatus(e *statusError) error {
	var t trouble
	_ = json.Unmarshal(e.body, &t) // it may be HTML; the status says enough
	what := fmt.Sprintf("%s: status %d from %s", m.c.Name, e.code, m.host())
	if text := m.clean(t.Error.Message); text != "" && e.code != http.StatusUnauthorized { // which likes to quote the key
		what += ": " + text
	}
	after := retryAfter(e.header, time.Now())
	switch {
	case e.code == http.StatusTooManyRequests && t.Error.Code == "insufficient_quota":
		return speech.Unavailable(speech.ErrRefused, "%s", what)
	case e.code == http.StatusTooManyRequests, e.code == 529, e.code == http.StatusServiceUnavailable && after > 0:
		return fmt.Errorf("%s: %w", what, &speech.BusyError{Provider: m.c.Name, After: after})
	case e.code >= 500, e.code == http.StatusRequestTimeout, e.code == http.StatusConflict:
		return speech.Unavailable(speech.ErrBroken, "%s", what)
	}
	return speech.Unavailable(speech.ErrRefused, "%s", what)
}

func (m *Model) host() string {
	at, err := m.c.endpoint()
	if err != nil {
		return "its server"
	}
	return at.Host
}

// longestRetry bounds what a server may ask for.
const longestRetry = 10 * time.Minute

// retryAfter reads Retry-After: seconds or a date (RFC 9110 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return min(time.Duration(min(ms, 1e9)*float64(time.Millisecond)), longestRetry)
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
		return min(time.Duration(min(s, 1e6)*float64(time.Second)), longestRetry)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), longestRetry)
	}
	return 0
}

// longestText bounds what is quoted of a server.
const longestText = 200

// clean makes a server's words fit for a log: short, of one line, without the
// key.
func (m *Model) clean(s string) string {
	if key := string(m.c.Key); key != "" {
		s = strings.ReplaceAll(s, key, m.c.Key.String())
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) > longestText {
		s = strings.ToValidUTF8(s[:longestText], "") + "…"
	}
	return strings.TrimSpace(s)
}
