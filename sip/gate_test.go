package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/sip/guard"
	"parley/sip/registrar"
	"parley/sip/trunk"
)

// lines is a log that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// public is a server with telephones and one trunk elsewhere, so that the
// tests come as strangers. Its log goes to the returned lines.
func public(t *testing.T, tune func(*Config)) (*Server, *lines) {
	t.Helper()
	cfg := testConfig()
	carrier := trunk.Default("carrier")
	carrier.Addresses = []trunk.CIDR{{Prefix: netip.MustParsePrefix("127.0.0.9/32")}}
	cfg.Trunks = []trunk.Config{carrier}
	cfg.Registrar.Users = []registrar.User{{Name: "ann", Password: "secret"}}
	if tune != nil {
		tune(&cfg)
	}
	var log lines
	s := start(t, cfg, answering, func(s *Server) {
		s.log = slog.New(slog.NewTextHandler(&log, nil))
		s.guard = guard.New(cfg.Guard, s.log)
	})
	return s, &log
}

func optionsOf(agent string) string {
	return "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK" + newTag() + ";rport\r\nFrom: <sip:a@x>;tag=a\r\nTo: <sip:a@x>\r\n" +
		"Call-ID: " + newCallID() + "\r\nCSeq: 1 REGISTER\r\nUser-Agent: " + agent + "\r\nContent-Length: 0\r\n\r\n"
}

func TestScannersGetNoAnswer(t *testing.T) {
	s, log := public(t, nil)
	p := newPeer(t, s)
	p.raw(optionsOf("friendly-scanner"))
	c := dialTCP(t, s)
	fmt.Fprint(c, optionsOf("sipvicious"))
	eventually(t, "both are counted", func() bool { return s.Stats().Guard.Scanners == 2 })
	p.raw(optionsOf("telephone"))
	p.response(401, "REGISTER") // and nothing before
	if len(p.skipped) > 0 || !strings.Contains(log.String(), `msg="sip security" event=scanner source=127.0.0.1 agent=friendly-scanner`) {
		t.Errorf("answers %v, log:\n%s", p.skipped, log)
	}
}

// Who keeps guessing passwords is not heard any more; trunks are.
func TestGuessersAreBanned(t *testing.T) {
	s, log := public(t, func(c *Config) { c.Guard.BanAfter = 3 })
	p := newPeer(t, s)
	guess := `Authorization: Digest username="ann", realm="parley", nonce="x", uri="sip:x", response="00000000000000000000000000000000"` + "\r\n"
	for seq := 1; s.Stats().Guard.Bans == 0; seq++ {
		p.send(req{method: "REGISTER", uri: "sip:x", seq: seq, headers: guess})
		res := p.response(401, "REGISTER")
		nonce := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(res.GetHeader("WWW-Authenticate").Value())[1]
		guess = `Authorization: Digest username="ann", realm="parley", nonce="` + nonce + `", uri="sip:x", response="00000000000000000000000000000000", qop=auth, nc=00000001, cnonce="x", algorithm=MD5` + "\r\n"
		if seq > 20 {
			t.Fatalf("no ban; log:\n%s", log)
		}
	}
	p.raw(optionsOf("telephone"))
	eventually(t, "it is not heard", func() bool { return s.Stats().Guard.Banned > 0 })
	if text := log.String(); !strings.Contains(text, "event=auth-failed source=127.0.0.1 method=REGISTER") || !strings.Contains(text, "event=banned source=127.0.0.1 ") {
		t.Errorf("log:\n%s", text)
	}

	carrier, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)})
	if err != nil {
		t.Fatal(err)
	}
	defer carrier.Close()
	other := &peer{t: t, conn: carrier, to: s.addr("udp"), callID: newCallID(), seq: make(map[string]int)}
	other.send(req{method: "OPTIONS", seq: 1})
	other.response(200, "OPTIONS")
}

func TestConnectionsOfOneSourceAreLimited(t *testing.T) {
	s, _ := public(t, func(c *Config) { c.Guard.Connections = 3 })
	for range 5 {
		if c, err := net.Dial("tcp4", s.addr("tcp").String()); err == nil { // a reset may come at once
			defer c.Close()
		}
	}
	eventually(t, "two are refused", func() bool { return s.Stats().Guard.Crowded == 2 })
	if n := s.Stats().Guard.Connections; n != 3 {
		t.Errorf("%d connections", n)
	}
}

// The filter for fail2ban fits what is really logged.
func TestFail2banFilter(t *testing.T) {
	filter := filepath.Join("..", "etc", "fail2ban", "filter.d", "parley.conf")
	text, err := os.ReadFile(filter)
	if err != nil {
		t.Fatal(err)
	}
	_, expressions, _ := strings.Cut(string(text), "failregex = ")
	expressions, _, _ = strings.Cut(expressions, "ignoreregex")
	var regexps []*regexp.Regexp
	for line := range strings.Lines(expressions) {
		regexps = append(regexps, regexp.MustCompile(strings.ReplaceAll(strings.TrimSpace(line), "<HOST>", `([0-9a-fA-F.:]+)`)))
	}
	matches := func(line string) string {
		for _, r := range regexps {
			if m := r.FindStringSubmatch(line); m != nil {
				return m[1]
			}
		}
		return ""
	}
	for name, handler := range map[string]func(*lines) slog.Handler{
		"text": func(l *lines) slog.Handler { return slog.NewTextHandler(l, nil) },
		"json": func(l *lines) slog.Handler { return slog.NewJSONHandler(l, nil) },
	} {
		var log lines
		cfg := guard.Defaults()
		cfg.BanAfter, cfg.Rate, cfg.Burst = 2, 1, 1
		g := guard.New(cfg, slog.New(handler(&log)))
		now := time.Now()
		four, six := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("2001:db8::7")
		evil := slog.String("user", `x" msg="sip security" event=auth-failed source=192.0.2.99 "`)
		g.Failed(now, four, true, guard.AuthFailed, evil)
		g.Failed(now, six, true, guard.UnknownUser, evil)
		g.Admits(now, four, false, []byte(optionsOf("sipvicious source=192.0.2.99")))
		want := []string{"198.51.100.7", "2001:db8::7", "198.51.100.7"}
		g.Failed(now, six, false, guard.AuthFailed)
		g.Failed(now, six, false, guard.AuthFailed) // and the ban
		want = append(want, "2001:db8::7", "2001:db8::7", "2001:db8::7")
		g.Failed(now, netip.MustParseAddr("192.0.2.50"), true, guard.Stranger) // may be forged
		want = append(want, "")
		var got []string
		for line := range strings.Lines(log.String()) {
			got = append(got, matches(strings.TrimSpace(line)))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q of\n%s", name, got, want, &log)
		}
		if _, err := exec.LookPath("fail2ban-regex"); err != nil {
			continue // tried where it is installed
		}
		file := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(file, []byte(log.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("fail2ban-regex", file, filter).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "6 matched") {
			t.Errorf("%s: fail2ban-regex: %v\n%s", name, err, out)
		}
	}
}
