package harness

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Sipp is a run of sipp with a scenario of testdata/sip, in a folder of its
// own that holds voice.ulaw, a second of sound.
type Sipp struct {
	Scenario string
	// To is the Parley that is called, host:port; empty: sipp is called.
	To string
	// From is the address that sipp speaks from; empty: 127.0.0.1.
	From string
	// Port is where sipp listens; empty: any that is free.
	Port string
	// Network is "udp", the default, or "tcp".
	Network string
	// Number is the user part that is called; empty: "100".
	Number string
	// Edit lists pairs of a text of the scenario and its replacement.
	Edit []string
	// Args are more of sipp's own arguments. One call is made unless -m is
	// among them.
	Args []string
}

// sippTime bounds a run; sipp itself gives up a little earlier.
const sippTime = 2 * time.Minute

// SippRun is a sipp under way.
type SippRun struct {
	// Address is where it listens, Dir its working directory.
	Address, Dir string

	t     testing.TB
	what  string
	out   bytes.Buffer
	ended chan struct{}
	err   error
}

// Run runs s to its end and wants every call to succeed.
func (s Sipp) Run(t testing.TB) (dir string) {
	t.Helper()
	r := s.Start(t)
	r.Wait()
	return r.Dir
}

// Start starts s.
func (s Sipp) Start(t testing.TB) *SippRun {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Skip("sipp is not installed: apt-get install sip-tester")
	}
	if s.From == "" {
		s.From = "127.0.0.1"
	}
	if s.Port == "" {
		s.Port = FreePort(t, s.From)
	}
	r := &SippRun{t: t, Address: net.JoinHostPort(s.From, s.Port), Dir: t.TempDir(), what: s.Scenario, ended: make(chan struct{})}
	voice := make([]byte, 8000)
	for i := range voice {
		voice[i] = byte(0x80 | i&0x0f)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, "voice.ulaw"), voice, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-sf", s.write(t, r.Dir), "-i", s.From, "-p", s.Port, "-nostdin", "-timeout", "100s", "-timeout_error",
		"-trace_err", "-error_file", filepath.Join(r.Dir, "errors.log"),
	}
	if s.Number == "" {
		s.Number = "100"
	}
	args = append(args, "-s", s.Number)
	if s.Network == "tcp" {
		args = append(args, "-t", "t1")
	}
	if !slices.Contains(s.Args, "-m") {
		args = append(args, "-m", "1")
	}
	args = append(args, s.Args...)
	if s.To != "" {
		args = append(args, s.To)
	}
	ctx, cancel := context.WithTimeout(context.Background(), sippTime)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.Dir, &r.out, &r.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		defer cancel()
		r.err = cmd.Wait()
	}()
	t.Cleanup(func() { cancel(); <-r.ended })
	return r
}

// Wait waits for the end of the run and wants every call to have succeeded.
func (r *SippRun) Wait() {
	r.t.Helper()
	<-r.ended
	if r.err != nil {
		unexpected, _ := os.ReadFile(filepath.Join(r.Dir, "errors.log")) // there is none if sipp failed otherwise
		r.t.Errorf("sipp %s: %v\n%s\n%s", r.what, r.err, tail(r.out.String()), tail(string(unexpected)))
	}
}

// write copies the scenario, edited, to dir.
func (s Sipp) write(t testing.TB, dir string) (path string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), "testdata", "sip", s.Scenario))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(s.Edit); i += 2 {
		if !strings.Contains(string(text), s.Edit[i]) {
			t.Fatalf("%s lacks %q", s.Scenario, s.Edit[i])
		}
	}
	path = filepath.Join(dir, s.Scenario)
	if err := os.WriteFile(path, []byte(strings.NewReplacer(s.Edit...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Retransmissions sums up what sipp has counted (-trace_counts in dir) as
// repeated of the message whose column ends so, for example "_200_Retrans".
func Retransmissions(t testing.TB, dir, column string) (n int) {
	t.Helper()
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
	i := slices.IndexFunc(names, func(s string) bool { return strings.HasSuffix(s, column) })
	if i < 0 || i >= len(last) {
		t.Fatalf("no such column in %q", lines[0])
	}
	if n, err = strconv.Atoi(last[i]); err != nil {
		t.Fatal(err)
	}
	return n
}

// FreePort is a port of an address of this machine that nobody uses, neither
// for UDP nor for TCP, and that the system gives to nobody unasked.
func FreePort(t testing.TB, address string) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(10000))
		datagrams, err := net.ListenPacket("udp4", net.JoinHostPort(address, port))
		if err != nil {
			continue
		}
		stream, err := net.Listen("tcp4", net.JoinHostPort(address, port))
		datagrams.Close()
		if err != nil {
			continue
		}
		stream.Close()
		return port
	}
	t.Fatalf("no port of %s is free", address)
	return ""
}
