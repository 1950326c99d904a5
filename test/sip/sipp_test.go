// Package test holds the tests that need real peers. This folder tries the
// SIP door against sipp.
package test

import (
	"context"
	"flag"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/media"
	"parley/media/rtp"
	"parley/sip"
	"parley/test/harness"
)

// patience bounds every run of sipp.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // they wait for timers, not for a processor
	os.Exit(m.Run())
}

// house is an in-process server that rings, answers and echoes.
type house struct {
	server *sip.Server
	wheel  *media.Wheel
	heard  chan call.MediaStats // of every call that is over
}

func build(t *testing.T) *house {
	t.Helper()
	if _, err := exec.LookPath("sipp"); err != nil {
		t.Skip("sipp is not installed: apt-get install sip-tester")
	}
	t.Parallel()
	pool, err := rtp.NewPool(netip.MustParseAddr("127.0.0.1"), 30000, 32766)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{wheel: media.NewWheel(1), heard: make(chan call.MediaStats, 1000)}
	cfg := sip.Defaults()
	cfg.Listen[0].Address, cfg.Listen[1].Address = "127.0.0.1:0", "127.0.0.1:0"
	// sipp's own timers are the RFC's; ours are a tenth, so that the run ends.
	cfg.Timers = sip.Timers{T1: 50 * time.Millisecond, T2: 400 * time.Millisecond, T4: 500 * time.Millisecond}
	h.server, err = sip.New(cfg, sip.Deps{Ports: pool, Handler: h.serve, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.server.Run(ctx) }()
	t.Cleanup(func() {
		drain, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		if err := h.server.Drain(drain); err != nil {
			t.Error(err)
		}
		for end := time.Now().Add(patience); h.server.Stats().Transactions > 0 && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		if st := h.server.Stats(); st.Transactions+st.Dialogs > 0 || st.Panics+st.Malformed > 0 {
			t.Errorf("left over: %+v", st)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		h.wheel.Close()
	})
	return h
}

// serve answers and echoes, except for the number 180, which only rings.
func (h *house) serve(ctx context.Context, c call.Call) error {
	if err := c.Ring(); err != nil {
		return err
	}
	if c.Info().Called == "180" {
		<-ctx.Done()
		return nil
	}
	if err := c.Answer(); err != nil {
		return err
	}
	h.wheel.Add(&echo{stream: c.Stream()})
	<-ctx.Done()
	h.heard <- c.(interface{ MediaStats() call.MediaStats }).MediaStats()
	return nil
}

// echo says what it hears.
type echo struct {
	stream media.Stream
	pcm    [160]int16
}

func (e *echo) Tick(time.Duration) bool {
	mark := e.stream.ReadFrame(e.pcm[:])
	e.stream.WriteFrame(e.pcm[:])
	return mark != media.End
}

func (h *house) port(network string) string {
	for _, a := range h.server.Addrs() {
		if a.Network == network {
			return a.String()
		}
	}
	return ""
}

// sipp runs a scenario of ours and wants it to succeed.
func (h *house) sipp(t *testing.T, network, scenario string, args ...string) {
	t.Helper()
	h.sippIn(t, "", network, scenario, args...)
}

// sippIn is sipp with dir as its working directory.
func (h *house) sippIn(t *testing.T, dir, network, scenario string, args ...string) {
	t.Helper()
	path, err := filepath.Abs("../../testdata/sip/" + scenario)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args = append([]string{"-sf", path, "-i", "127.0.0.1", "-p", freePort(t), "-nostdin",
		"-timeout", "25s", "-timeout_error", h.port(network)}, args...)
	if network == "tcp" {
		args = append(args, "-t", "t1")
	}
	errors := filepath.Join(t.TempDir(), "errors.log")
	args = append(args, "-trace_err", "-error_file", errors)
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		unexpected, _ := os.ReadFile(errors) // there is none if sipp failed otherwise
		t.Errorf("sipp %s: %v\n%s\n%s", strings.Join(args, " "), err, tail(string(out)), tail(string(unexpected)))
	}
}

func tail(s string) string { return s[max(0, len(s)-3000):] }

func freePort(t *testing.T) string {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return strconv.Itoa(c.LocalAddr().(*net.UDPAddr).Port)
}

func TestScenarios(t *testing.T) {
	for _, test := range []struct{ scenario, number string }{
		{"call.xml", "100"}, {"cancel.xml", "180"}, {"retransmit.xml", "100"}, {"hold.xml", "100"},
	} {
		for _, network := range []string{"udp", "tcp"} {
			if network == "tcp" && test.scenario == "retransmit.xml" {
				continue // over TCP nobody repeats a request
			}
			t.Run(test.scenario+" "+network, func(t *testing.T) {
				build(t).sipp(t, network, test.scenario, "-s", test.number, "-m", "5", "-r", "5")
			})
		}
	}
}

// TestLostACKs looks at sipp's counts: the 200 must have come again.
func TestLostACKs(t *testing.T) {
	dir := t.TempDir()
	build(t).sippIn(t, dir, "udp", "lost-ack.xml", "-s", "100", "-m", "5", "-r", "5", "-trace_counts")
	files, err := filepath.Glob(filepath.Join(dir, "*_counts.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("counts in %q, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	names, last := strings.Split(lines[0], ";"), strings.Split(lines[len(lines)-1], ";")
	column := slices.IndexFunc(names, func(s string) bool { return strings.HasSuffix(s, "_200_Retrans") })
	if column < 0 || column >= len(last) {
		t.Fatalf("no such column in %q", lines[0])
	}
	if n, err := strconv.Atoi(last[column]); err != nil || n < 10 {
		t.Errorf("%d retransmissions in 5 calls, %v; want two each", n, err)
	}
}

func TestManyCalls(t *testing.T) {
	h := build(t)
	h.sipp(t, "udp", "call.xml", "-s", "100", "-m", "200", "-r", "200", "-l", "200")
	for i := range 200 {
		select {
		case <-h.heard:
		case <-time.After(patience):
			t.Fatalf("%d calls came to their end", i)
		}
	}
}

// TestManyVoices: two hundred calls at once, each of which speaks and is
// echoed.
func TestManyVoices(t *testing.T) {
	h := build(t)
	dir := t.TempDir()
	voice := make([]byte, 8000)
	for i := range voice {
		voice[i] = byte(0x80 | i&0x0f)
	}
	if err := os.WriteFile(filepath.Join(dir, "voice.ulaw"), voice, 0o600); err != nil {
		t.Fatal(err)
	}
	h.sippIn(t, dir, "udp", "voice.xml", "-s", "100", "-m", "200", "-r", "200", "-l", "200", "-mp", harness.MediaPort(t))
	for i := range 200 {
		select {
		case st := <-h.heard:
			if st.PacketsIn == 0 || st.PacketsOut == 0 || st.Malformed+st.Strangers > 0 {
				t.Errorf("call %d: %+v", i, st)
			}
		case <-time.After(patience):
			t.Fatalf("%d calls came to their end", i)
		}
	}
}

// TestCallingSipp calls sipp, which answers and echoes our RTP.
func TestCallingSipp(t *testing.T) {
	h := build(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	port, voice := freePort(t), harness.MediaPort(t)
	cmd := exec.CommandContext(ctx, "sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", port, "-mp", voice, "-rtp_echo", "-m", "1", "-nostdin", "-timeout", "25s")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The INVITE is repeated until sipp is up.
	c, err := h.server.Originate(ctx, call.Target{URI: "sip:echo@127.0.0.1:" + port, Caller: "100"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Await(ctx, call.Answered); err != nil {
		t.Fatal(err)
	}
	h.wheel.Add(&echo{stream: c.Stream()})
	stats := c.(interface{ MediaStats() call.MediaStats }).MediaStats
	for stats().PacketsIn < 25 && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if n := stats().PacketsIn; n < 25 {
		t.Errorf("sipp echoed %d packets", n)
	}
	c.Hangup(call.System, call.Normal)
	if err := cmd.Wait(); err != nil {
		t.Errorf("sipp: %v", err)
	}
}
