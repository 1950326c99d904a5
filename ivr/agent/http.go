package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"parley/ivr/flow"
)

// Bounds of a tool's reply: what is read of it, and what the model gets.
const (
	maxReply  = 64 << 10
	maxResult = 4000
)

var errPrivate = errors.New("the address is private, and ivr.agent.allow_networks does not name it")

// automatic are inputs that need no text: they come with the call.
var automatic = map[string]string{"user_phone": "caller", "user_name": "caller_name", "service_phone": "called", "call_id": "call_id"}

// Web runs the HTTP tools of agents. It reaches no private addresses but those
// that are allowed: what a name leads to is looked at when it is connected.
type Web struct {
	client  *http.Client
	timeout time.Duration
}

// NewWeb returns a Web.
func NewWeb(c Config) *Web {
	var allowed []netip.Prefix
	for _, n := range c.AllowNetworks {
		if p, err := netip.ParsePrefix(n); err == nil { // Validate has reported the others
			allowed = append(allowed, p)
		}
	}
	dialer := &net.Dialer{Timeout: 3 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		return reachable(address, allowed)
	}}
	return &Web{timeout: c.ToolTimeout, client: &http.Client{Transport: &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: 3 * time.Second, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: maxReply,
	}}}
}

// Close ends the connections that wait to be used again.
func (w *Web) Close() { w.client.CloseIdleConnections() }

// shared are addresses that are not of the public Internet and that netip does
// not call private.
var shared = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16"),
}

func reachable(address string, allowed []netip.Prefix) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	ip := ap.Addr().Unmap().WithZone("")
	for _, p := range allowed {
		if p.Contains(ip) {
			return nil
		}
	}
	private := !ip.IsGlobalUnicast() || ip.IsPrivate()
	for _, p := range shared {
		private = private || p.Contains(ip)
	}
	if private {
		return errPrivate
	}
	return nil
}

// Do implements Tools.
func (w *Web) Do(ctx context.Context, t flow.Tool, s flow.State, args map[string]any) (result string, set map[string]string, err error) {
	timeout := t.Timeout
	if timeout == 0 {
		timeout = w.timeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("tool %s: no answer within %s: %w", t.Name, timeout, ctx.Err())
		}
	}()
	req, err := request(ctx, t, s, args)
	if err != nil {
		return "", nil, fmt.Errorf("tool %s: %w", t.Name, err)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address may hold what is nobody's business
		}
		return "", nil, fmt.Errorf("tool %s: %w", t.Name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return "", nil, fmt.Errorf("tool %s: read the reply: %w", t.Name, err)
	}
	result = strings.ToValidUTF8(strings.TrimSpace(string(body)), "")
	if r := []rune(result); len(r) > maxResult {
		result = string(r[:maxResult]) + " …"
	}
	if resp.StatusCode >= 300 {
		return "", nil, fmt.Errorf("tool %s: the server answers %d: %.200s", t.Name, resp.StatusCode, result)
	}
	if result == "" {
		result = "done"
	}
	return result, outputs(t, body), nil
}

func request(ctx context.Context, t flow.Tool, s flow.State, args map[string]any) (*http.Request, error) {
	escaped := flow.State{Vars: map[string]string{}}
	for k, v := range s.Vars {
		escaped.Vars[k] = url.PathEscape(v)
	}
	u, err := url.Parse(escaped.Expand(t.URL))
	if err != nil {
		return nil, errors.New("the address cannot be used")
	}
	values := map[string]any{}
	for k, v := range args {
		if _, ok := t.Parameters[k]; ok {
			values[k] = v
		}
	}
	for k, text := range t.Inputs {
		if from, ok := automatic[k]; ok && text == "" {
			text = s.Vars[from]
		}
		values[k] = s.Expand(text)
	}
	method, body := t.Method, io.Reader(nil)
	if method == "" {
		method = http.MethodGet
	}
	if method == http.MethodGet || method == http.MethodDelete {
		query := u.Query()
		for k, v := range values {
			query.Set(k, fmt.Sprint(v))
		}
		u.RawQuery = query.Encode()
	} else {
		data, err := json.Marshal(values)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, errors.New("the request cannot be made")
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	for k, v := range t.Headers {
		req.Header.Set(k, s.Expand(v))
	}
	return req, nil
}

// outputs takes the fields of a JSON reply that a tool wants to keep. Names
// match whatever their case; points lead into groups.
func outputs(t flow.Tool, body []byte) map[string]string {
	var reply any
	if len(t.Outputs) == 0 || json.Unmarshal(body, &reply) != nil {
		return nil
	}
	set := map[string]string{}
	for variable, path := range t.Outputs {
		if path == "" {
			path = variable
		}
		v, ok := reply, true
		for _, name := range strings.Split(path, ".") {
			if v, ok = field(v, name); !ok {
				break
			}
		}
		switch v := v.(type) {
		case nil:
		case map[string]any, []any:
			if text, err := json.Marshal(v); err == nil && ok {
				set[variable] = string(text)
			}
		default:
			if ok {
				set[variable] = fmt.Sprint(v)
			}
		}
	}
	return set
}

func field(v any, name string) (any, bool) {
	group, _ := v.(map[string]any)
	for k, value := range group {
		if strings.EqualFold(k, name) {
			return value, true
		}
	}
	return nil, false
}
