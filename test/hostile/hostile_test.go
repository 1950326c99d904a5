package hostile

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m, 1) }

// TestSiege keeps calls with audio going while floods, scanners, storms of
// INVITEs and connections come in. No call fails, and afterwards there is
// nothing left of it.
func TestSiege(t *testing.T) {
	lasting, calls, talk := 12*time.Second, 10, 4*time.Second
	if harness.Long() {
		lasting, calls, talk = 30*time.Minute, 200, time.Minute
	}
	p := harness.Start(t, harness.Options{
		Env: []string{"ANNA_PASSWORD=right"},
		Config: harness.Map{
			"log": harness.Map{"level": "INFO"},
			"sip": harness.Map{
				"timers": harness.Map{"t1": "100ms", "t2": "800ms", "t4": "1s"},
				"trunks": []harness.Map{
					{"name": "carrier", "addresses": []string{"127.0.0.1/32"}},
					{"name": "mad", "addresses": []string{"127.0.0.66/32"}, "max_channels": 20, "max_cps": 10},
				},
				"registrar": harness.Map{"users": []harness.Map{{"name": "anna", "password": "${env:ANNA_PASSWORD}"}}},
			},
		},
	})
	goroutines := p.Metric("go_goroutines")
	// The first one lasts until as many transactions end as begin, and shows
	// what a siege takes; memory that the second adds to that is never given
	// back. (What is resident between them says more of the collector's moods.)
	first := siege(t, p, calls, time.Second, min(lasting, 12*time.Second))
	p.Idle(t)
	second := siege(t, p, calls, talk, lasting)
	p.Idle(t)
	harness.Eventually(t, "no transaction and no connection is left", func() bool {
		return p.Metric("parley_sip_transactions") == 0 && p.Metric("parley_sip_connections") == 0
	})
	for _, name := range []string{"parley_sip_scanners_total", "parley_sip_dropped_total", "parley_sip_denied_total", "parley_sip_malformed_total"} {
		if p.Metric(name) == 0 {
			t.Errorf("%s is 0: the attack has missed", name)
		}
	}
	harness.Eventually(t, "the goroutines are as many as before", func() bool { return p.Metric("go_goroutines") <= goroutines+10 })
	if second > 1.3*first+32e6 {
		t.Errorf("%.0f MB of memory in the second siege, %.0f in the first", second/1e6, first/1e6)
	}
	if !strings.Contains(p.Log.Raw(), `"event":"scanner","source":"127.`) {
		t.Error("no line about scanners in the log")
	}
	talkers(t, p, calls, time.Second, 2*time.Second)
}

// siege lays siege to p for a time, while calls go on, and returns the most
// bytes that were resident.
func siege(t *testing.T, p *harness.Parley, calls int, talk, lasting time.Duration) float64 {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp4", p.SIP)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), lasting)
	defer cancel()
	var wg sync.WaitGroup
	var datagrams, invites, connections int
	wg.Go(func() { datagrams = flood(ctx, to) })
	wg.Go(func() { invites = storm(ctx, net.IPv4(127, 0, 0, 66), to, 10*time.Millisecond) })
	wg.Go(func() { connections = crowd(ctx, p.SIPTCP) })
	stop := p.Watch("process_resident_memory_bytes", "parley_sip_dialogs", "parley_sip_transactions")
	talkers(t, p, calls, talk, lasting)
	cancel()
	wg.Wait()
	most := stop()
	t.Logf("%d datagrams from %d sources, %d INVITEs, %d connections; at most %.0f dialogs, %.0f transactions, %.0f MB",
		datagrams, sources, invites, connections, most["parley_sip_dialogs"], most["parley_sip_transactions"], most["process_resident_memory_bytes"]/1e6)
	return most["process_resident_memory_bytes"]
}

// talkers keeps that many calls with audio up, each as long as talk, for the
// time given. Each has to succeed.
func talkers(t *testing.T, p *harness.Parley, calls int, talk, lasting time.Duration) {
	t.Helper()
	program := harness.Need(t, "sipp", "sip-tester")
	text, err := os.ReadFile(filepath.Join(harness.Root(), "testdata", "sip", "voice.xml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	scenario := strings.Replace(string(text), `milliseconds="2000"`, fmt.Sprintf(`milliseconds="%d"`, talk.Milliseconds()), 1)
	if err := os.WriteFile(filepath.Join(dir, "voice.xml"), []byte(scenario), 0o600); err != nil {
		t.Fatal(err)
	}
	voice := make([]byte, 8000)
	for i := range voice {
		voice[i] = byte(0x80 | i&0x0f)
	}
	if err := os.WriteFile(filepath.Join(dir, "voice.ulaw"), voice, 0o600); err != nil {
		t.Fatal(err)
	}
	rounds := max(1, int(lasting/(talk+time.Second)))
	cmd := exec.Command(program, "-sf", "voice.xml", "-i", "127.0.0.1", "-nostdin", "-s", "echo", "-mp", harness.MediaPort(t),
		"-m", strconv.Itoa(calls*rounds), "-l", strconv.Itoa(calls), "-r", strconv.Itoa(max(calls/2, 5)),
		"-timeout", strconv.Itoa(int((2*lasting + harness.Patience).Seconds())), "-timeout_error", p.SIP)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("calls have failed: %v\n%s", err, out[max(0, len(out)-3000):])
	}
}
