package sip

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// browser is a SIP client over a WebSocket (RFC 7118). What it gets is in
// messages.
type browser struct {
	t        *testing.T
	ws       *websocket.Conn
	messages chan string
}

var careless = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}

func newBrowser(t *testing.T, s *Server, network string) *browser {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), network+"://"+s.addr(network).String(), &websocket.DialOptions{HTTPClient: careless, Subprotocols: []string{"sip"}}) //nolint:bodyclose // there is none
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, ws, make(chan string, 64)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			_, data, err := ws.Read(context.Background())
			if err != nil {
				return
			}
			b.messages <- string(data)
		}
	}()
	t.Cleanup(func() { ws.CloseNow(); <-done })
	return b
}

// write sends text in messages of the given pieces.
func (b *browser) write(text string) {
	b.t.Helper()
	if err := b.ws.Write(b.t.Context(), websocket.MessageText, []byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
		b.t.Fatal(err)
	}
}

// await returns the next message that begins with start.
func (b *browser) await(start string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	for {
		select {
		case m := <-b.messages:
			if strings.HasPrefix(m, start) {
				return m
			}
		case <-ctx.Done():
			b.t.Fatalf("no %s", start)
		}
	}
}

func TestCallOverWebSocket(t *testing.T) {
	a := newAuthority(t)
	cfg := testConfig()
	cfg.Listen = append(cfg.Listen, Listener{Network: "ws", Address: "127.0.0.1:0"}, Listener{Network: "wss", Address: "127.0.0.1:0", TLS: a.files("ws")})
	handler, calls := reporting()
	s := start(t, cfg, handler)
	for _, network := range []string{"ws", "wss"} {
		b := newBrowser(t, s, network)
		head := func(method string, seq int, tag string) string {
			return fmt.Sprintf("%s sip:100@parley.example SIP/2.0\nVia: SIP/2.0/%s df7jal23ls0d.invalid;branch=%s\nFrom: <sip:ann@example.com>;tag=ann\n"+
				"To: <sip:100@parley.example>%s\nCall-ID: %s\nCSeq: %d %s\nMax-Forwards: 70\nContact: <sip:ann@df7jal23ls0d.invalid;transport=ws>\n",
				method, strings.ToUpper(network), sipmsg.GenerateBranch(), tag, "ws-"+network, seq, method)
		}
		b.write("\n\n")
		b.await("\r\n") // RFC 5626 §3.5.1: ping and pong
		if err := b.ws.Ping(t.Context()); err != nil {
			t.Errorf("%s: ping: %v", network, err)
		}
		body := strings.ReplaceAll(sdpOf(4000), "\r\n", "\n")
		b.write(head("INVITE", 1, "") + "Content-Type: application/sdp\n\n" + body) // no Content-Length either
		ok, err := sipmsg.ParseMessage([]byte(b.await("SIP/2.0 200")))
		if err != nil {
			t.Fatal(err)
		}
		res := ok.(*sipmsg.Response)
		if p, _ := res.Contact().Address.UriParams.Get("transport"); p != network {
			t.Errorf("%s: Contact %s", network, res.Contact().Value())
		}
		b.write(head("ACK", 1, ";tag="+toTag(res)) + "\n") // no Content-Length (RFC 7118 §5.3)
		c := next(t, calls)
		if err := c.Await(t.Context(), call.Answered); err != nil {
			t.Fatal(err)
		}
		c.Hangup(call.System, call.Normal)
		bye := b.await("BYE sip:ann@df7jal23ls0d.invalid")
		if !strings.Contains(bye, "Via: SIP/2.0/"+strings.ToUpper(network)+" ") {
			t.Errorf("%s: BYE:\n%s", network, bye)
		}
		m, err := sipmsg.ParseMessage([]byte(bye))
		if err != nil {
			t.Fatal(err)
		}
		b.write(strings.ReplaceAll(sipmsg.NewResponseFromRequest(m.(*sipmsg.Request), 200, "OK", nil).String(), "\r\n", "\n"))
	}
}

// What browsers offer by default needs ICE and DTLS: 488 until there is a
// door for it.
func TestWebRTCOfferIsRefused(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: strings.Replace(sdpOf(9), "RTP/AVP", "UDP/TLS/RTP/SAVPF", 1) + "a=fingerprint:sha-256 AA\r\na=ice-ufrag:x\r\n"})
	p.response(488, "INVITE")
}

func TestWebSocketWithoutSIPIsClosed(t *testing.T) {
	cfg := testConfig()
	cfg.Listen = append(cfg.Listen, Listener{Network: "ws", Address: "127.0.0.1:0"})
	s := start(t, cfg, answering)
	ws, _, err := websocket.Dial(t.Context(), "ws://"+s.addr("ws").String(), nil) //nolint:bodyclose // there is none
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("closed with %v", err)
	}
}
