package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/sip"
	"parley/test/harness"
)

// startKamailio runs an example of etc/kamailio on a port of its own, with
// these texts replaced, and returns its address.
func startKamailio(t *testing.T, example string, replace ...string) (address string) {
	t.Helper()
	program := harness.Need(t, "kamailio", "kamailio")
	probe, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = probe.LocalAddr().String()
	probe.Close()
	text, err := os.ReadFile(filepath.Join(harness.Root(), "etc", "kamailio", example))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, example)
	cfg := strings.NewReplacer(append(replace, "127.0.0.1:5070", address)...).Replace(string(text))
	if err := os.WriteFile(file, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(program, "-DD", "-E", "-f", file, "-m", "64", "-M", "8", "-Y", dir, "-P", filepath.Join(dir, "pid"))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("kamailio said:\n%s", said.String())
		}
	})
	harness.Eventually(t, "kamailio answers", func() bool { return answers(t, address) })
	return address
}

// answers tells whether somebody answers an OPTIONS.
func answers(t *testing.T, address string) bool {
	t.Helper()
	c, err := net.Dial("udp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = fmt.Fprintf(c, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport\r\nFrom: <sip:test@test>;tag=1\r\nTo: <sip:%s>\r\n"+
		"Call-ID: %d@test\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 10\r\nContent-Length: 0\r\n\r\n",
		address, c.LocalAddr(), time.Now().UnixNano(), address, time.Now().UnixNano())
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	n, err := c.Read(make([]byte, 2000))
	return err == nil && n > 0
}

// through is p as it is called by way of somebody else.
func through(p *harness.Parley, address string) *harness.Parley {
	q := *p
	q.SIP = address
	return &q
}

// TestRegistersWithKamailio: a trunk signs in with digest, gets its calls by
// the contact, and signs off at the end.
func TestRegistersWithKamailio(t *testing.T) {
	t.Parallel()
	provider := startKamailio(t, "registrar.cfg")
	secret := filepath.Join(t.TempDir(), "secret")
	account := func(password string) harness.Options {
		if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
		return harness.Options{Config: harness.Map{
			"sip": harness.Map{"trunks": []harness.Map{{
				"name": "provider", "host": provider, "auth": harness.Map{"username": "line-7", "password": "${file:" + secret + "}"},
				"register": harness.Map{"registrars": []string{provider}, "backoff_min": "200ms", "backoff_max": "1s"},
				"qualify":  harness.Map{"every": "1s", "timeout": "900ms"},
			}}},
			"routes": []harness.Map{{"trunk": "provider", "called": "line-7", "echo": true}},
		}}
	}
	state := func(p *harness.Parley) (s sip.TrunkStatus) {
		var list []sip.TrunkStatus
		if err := json.Unmarshal(p.Get("/v1/trunks"), &list); err != nil {
			t.Fatal(err)
		}
		return list[0]
	}
	p := harness.Start(t, account("secret"))
	harness.Eventually(t, "the trunk is up and registered", func() bool {
		s := state(p)
		return s.Health == "up" && s.Registrations[0].State == "registered"
	})
	if p.Metric(fmt.Sprintf(`parley_trunk_registered{registrar=%q,trunk="provider"}`, provider)) != 1 {
		t.Error("the metrics do not say that it is registered")
	}
	if r, record := through(p, provider).Call(t, "line-7", "--wait", "300ms", "--linger", "300ms"); r.Cause != "normal" || record.Trunk != "provider" {
		t.Errorf("%+v over %q", r, record.Trunk)
	}
	p.Signal(syscall.SIGTERM)
	p.ExitCode()

	wrong := harness.Start(t, account("wrong"))
	harness.Eventually(t, "it says that the password is wrong", func() bool {
		s := state(wrong).Registrations[0]
		return s.Step == "authenticate" && strings.Contains(s.Check, "auth.password")
	})
	c := through(wrong, provider).NewPhone(t, "127.0.0.1")
	if r := c.Call("line-7", harness.Offer("RTP/AVP", 40000)); r.Code != 404 {
		t.Errorf("nobody is registered, and a call gets %d", r.Code)
	}
}

// TestBehindKamailio: a dispatcher shares calls out, and passes over one who
// is being stopped.
func TestBehindKamailio(t *testing.T) {
	t.Parallel()
	harness.Need(t, "kamailio", "kamailio")
	one, two := harness.Start(t, harness.Options{}), harness.Start(t, harness.Options{})
	list := filepath.Join(t.TempDir(), "dispatcher.list")
	if err := os.WriteFile(list, []byte("1 sip:"+one.SIP+"\n1 sip:"+two.SIP+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	front := startKamailio(t, "dispatcher.cfg", "etc/kamailio/dispatcher.list", list, `"ds_ping_interval", 10`, `"ds_ping_interval", 1`)
	harness.Eventually(t, "the dispatcher has found both", func() bool {
		_ = through(one, front).Dial(t, "echo", "--wait", "100ms", "--linger", "100ms").Wait()
		return len(one.Calls()) > 0 && len(two.Calls()) > 0
	})
	one.Signal(syscall.SIGTERM)
	one.ExitCode()
	before := len(two.Calls())
	for range 4 {
		if r := through(two, front).Dial(t, "echo", "--wait", "200ms", "--linger", "200ms").Wait(); !r.Answered || r.Cause != "normal" {
			t.Errorf("%+v", r)
		}
	}
	harness.EventuallyWithin(t, 10*time.Second, "the other one has taken them all", func() bool { return len(two.Calls()) == before+4 })
}
