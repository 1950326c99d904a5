package sip

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"parley/call"
	"parley/sip/registrar"
)

// torture is a message of testdata/sip/torture.yaml.
type torture struct {
	Name, Section string
	Status        int
	Why           string
	Text, Base64  string
}

func tortures(t *testing.T) []torture {
	t.Helper()
	text, err := os.ReadFile("../testdata/sip/torture.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []torture
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 49 {
		t.Fatalf("%d messages, RFC 4475 has 49", len(list))
	}
	return list
}

func (m torture) bytes(t *testing.T) []byte {
	t.Helper()
	if m.Base64 == "" {
		return []byte(strings.ReplaceAll(m.Text, "\n", "\r\n"))
	}
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m.Base64, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tortured is a server to send the messages to: it has a registrar, and its
// program refuses every call with 486.
func tortured(t *testing.T) *Server {
	cfg := testConfig()
	cfg.Registrar.Users = []registrar.User{{Name: "ann", Password: "secret"}}
	return start(t, cfg, func(_ context.Context, c call.Call) error { c.Hangup(call.System, call.Busy); return nil })
}

// sentinel is a request that is answered after what came before it.
func sentinel(transport, host string) string {
	return fmt.Sprintf("OPTIONS sip:sentinel@x SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s;rport\r\nFrom: <sip:a@x>;tag=a\r\nTo: <sip:sentinel@x>\r\n"+
		"Call-ID: sentinel-%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", transport, host, newTag(), newTag())
}

var statusLine = regexp.MustCompile(`^SIP/2\.0 ([1-6]\d\d) `)

// TestTortureByUDP sends each message in a datagram. Responses go to the port
// that Via names (§18.2.2), so they come from port 5060 of an address of
// their own.
func TestTortureByUDP(t *testing.T) {
	s := tortured(t)
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 44, 75, 1), Port: 5060})
	if err != nil {
		t.Skipf("port 5060 is needed: %v", err)
	}
	defer conn.Close()
	p := &peer{t: t, conn: conn, to: s.addr("udp"), callID: newCallID(), seq: make(map[string]int)}
	for _, m := range tortures(t) {
		if m.Name == "cparam02" { // it has the branch of the one before
			eventually(t, "that is forgotten", func() bool { return s.Stats().Transactions == 0 })
		}
		p.raw(string(m.bytes(t)))
		if m.Status == 0 { // what answers the next shows that this gets no answer
			p.raw(sentinel("UDP", conn.LocalAddr().String()))
		}
		got, sane := 0, false
		for !sane && got == 0 {
			buf := make([]byte, 65536)
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			n, err := conn.Read(buf)
			if err != nil {
				break
			}
			text := string(buf[:n])
			code := statusLine.FindStringSubmatch(text)
			if code == nil || strings.HasPrefix(code[1], "1") || !strings.Contains(text, "sentinel-") && stale(text, m.bytes(t)) {
				continue
			}
			if sane = strings.Contains(text, "sentinel-"); !sane {
				got, _ = strconv.Atoi(code[1])
			}
		}
		if got != m.Status {
			t.Errorf("%s (RFC 4475 §%s): %d, want %d: %s", m.Name, m.Section, got, m.Status, m.Why)
		}
	}
	works(t, s)
}

var callIDLine = regexp.MustCompile(`(?im)^(?:call-id|i)\s*:\s*(\S+)`)

// stale tells whether a response belongs to another message: repeated, since
// nobody acknowledges it.
func stale(response string, m []byte) bool {
	id := callIDLine.FindStringSubmatch(response)
	if id == nil {
		return callIDLine.Match(m)
	}
	return !bytes.Contains(m, []byte(id[1]))
}

// TestTortureByTCP sends each message over a connection of its own: those
// whose end cannot be found close it, after a word.
func TestTortureByTCP(t *testing.T) {
	s := tortured(t)
	for _, m := range tortures(t) {
		switch m.Name {
		case "unreason", "noreason", "bigcode", "bcast", "scalarlg": // no answer
			continue
		case "clerr", "baddn": // never complete
			continue
		case "dblreq": // its second body is longer than it says: what is left over is no message
			continue
		}
		c := dialTCP(t, s)
		if _, err := c.Write(m.bytes(t)); err != nil {
			t.Fatal(err)
		}
		got := 0
		r := bufio.NewReader(c)
		for got < 200 {
			line, err := r.ReadString('\n')
			if err != nil {
				break
			}
			if code := statusLine.FindStringSubmatch(line); code != nil {
				got, _ = strconv.Atoi(code[1])
			}
		}
		if got != m.Status {
			t.Errorf("%s (RFC 4475 §%s): %d, want %d: %s", m.Name, m.Section, got, m.Status, m.Why)
		}
		c.Close()
	}
	works(t, s)
}

// works makes a normal call.
func works(t *testing.T, s *Server) {
	t.Helper()
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	p.response(486, "INVITE")
	if n := s.Stats().Panics; n > 0 {
		t.Errorf("%d panics", n)
	}
}
