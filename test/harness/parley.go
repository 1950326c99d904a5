package harness

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Parley is the program as a process.
type Parley struct {
	Log  *Log
	Data string
	// SIP, SIPTCP and SIPTLS are the addresses of its listeners, as HTTP and
	// AudioSocket are.
	SIP, SIPTCP, SIPTLS, HTTP, AudioSocket string

	t      testing.TB
	cmd    *exec.Cmd
	ended  chan struct{}
	state  *os.ProcessState
	config string
	env    []string
}

// Start starts a Parley and waits until it takes calls. When the test is over
// it is stopped and must end cleanly.
func Start(t *testing.T, o Options) *Parley {
	t.Helper()
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	p := &Parley{t: t, Data: o.Data, config: o.write(t), env: o.Env}
	p.start()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the program's log:\n%s", tail(p.Log.Raw()))
		}
	})
	t.Cleanup(p.stop)
	return p
}

// Again starts the program again on the same data, after it has ended.
func (p *Parley) Again() {
	p.t.Helper()
	p.start()
}

func (p *Parley) start() {
	p.t.Helper()
	p.cmd = exec.Command(program, "serve", "--config", p.config)
	p.cmd.Env = append(append(os.Environ(), "PARLEY_DATA="+p.Data), p.env...)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.Log, p.ended = follow(out), make(chan struct{})
	go func(cmd *exec.Cmd, l *Log, ended chan struct{}) {
		<-l.done // Wait closes the pipe
		_ = cmd.Wait()
		p.state = cmd.ProcessState
		close(ended)
	}(p.cmd, p.Log, p.ended)
	Eventually(p.t, "the program is ready or has ended: "+p.config, func() bool {
		return p.Log.First("parley is ready") != nil || p.Over()
	})
	ready := p.Log.First("parley is ready")
	if ready == nil {
		p.t.Fatalf("the program did not start:\n%s", p.Log.Raw())
	}
	p.HTTP, p.AudioSocket = ready.Text("http"), ready.Text("audiosocket")
	for _, e := range p.Log.All("listening for SIP") {
		switch e.Text("network") {
		case "tcp":
			p.SIPTCP = e.Text("address")
		case "tls":
			p.SIPTLS = e.Text("address")
		default:
			p.SIP = e.Text("address")
		}
	}
	Eventually(p.t, "/readyz says 200", func() bool { return p.Status("/readyz") == http.StatusOK })
}

// stop ends the program as an operator does.
func (p *Parley) stop() {
	if p.Over() {
		return
	}
	p.Signal(syscall.SIGTERM)
	if !become(5*time.Second, p.Over) {
		p.Signal(syscall.SIGTERM) // calls that a failed test left end now
	}
	if !become(Patience, p.Over) {
		p.Signal(syscall.SIGQUIT)
		<-p.ended
		p.t.Error("the program did not end after two signals")
		return
	}
	if code := p.ExitCode(); code != 0 {
		p.t.Errorf("the program ended with exit code %d", code)
	}
	if log := p.Log.Raw(); strings.Contains(log, "panic") || strings.Contains(log, "DATA RACE") {
		p.t.Errorf("something broke inside:\n%s", tail(log))
	}
}

// Signal sends a signal.
func (p *Parley) Signal(s syscall.Signal) {
	_ = p.cmd.Process.Signal(s)
}

// PID is the process's number.
func (p *Parley) PID() int { return p.cmd.Process.Pid }

// Over reports whether the process has ended.
func (p *Parley) Over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// ExitCode waits for the end of the process; -1 means that a signal ended it.
func (p *Parley) ExitCode() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(Patience):
		p.t.Fatal("the program does not end")
	}
	return p.state.ExitCode()
}

func tail(s string) string { return s[max(0, len(s)-6000):] }

// Split cuts an address of the program into host and port.
func Split(t testing.TB, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
