package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// house is a Parley that runs for a measurement, with a configuration, ports
// and data of its own.
type house struct {
	dir   string
	sip   string
	http  string
	audio string
	cmd   *exec.Cmd
	done  chan error
}

// config is what every measurement has in common; %s are addresses, then what
// the measurement adds.
const config = `data: %[1]s/data
drain: 1s
log: {level: WARN}
sip:
  listen: [{network: udp, address: "%[2]s"}]
  overload: {setup_delay: 0s, cpu: 0}
%[7]srtp: {min_port: 10000, max_port: 64999}
audiosocket: {listen: "%[3]s", program: ""}
ivr: {flows: [%[6]s], knowledge: []}
speech:
  pocketsphinx: {free_form: false, engine: {children: 1, works: 16}}
  flite: {engine: {children: 1}}
http: {listen: "%[4]s", token: %[5]s}
`

const token = "bench-0123456789abcdef0123456789abcdef"

// start runs Parley. more is YAML beside config; files are put beside it.
func start(ctx context.Context, o options, more string, files map[string][]byte) (*house, error) {
	return startWith(ctx, o, "", more, files)
}

// startWith is start with more lines below sip.
func startWith(ctx context.Context, o options, sip, more string, files map[string][]byte) (_ *house, err error) {
	h := &house{done: make(chan error, 1)}
	if h.dir, err = os.MkdirTemp("", "parley-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			h.stop()
		}
	}()
	h.sip, h.audio, h.http = freePort("udp"), freePort("tcp"), freePort("tcp")
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(h.dir, name), data, 0o600); err != nil {
			return nil, err
		}
	}
	file, flows := filepath.Join(h.dir, "parley.yaml"), ""
	if len(files) > 0 {
		flows = `"*.flow.yaml"`
	}
	text := fmt.Sprintf(config, h.dir, h.sip, h.audio, h.http, token, flows, sip) + more
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	h.cmd = exec.Command(o.parley, "serve", "--config", file)
	h.cmd.Stdout, h.cmd.Stderr = os.Stderr, os.Stderr
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := h.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { h.done <- h.cmd.Wait() }()
	return h, h.ready(ctx)
}

const startTime = 30 * time.Second

func (h *house) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		if res, err := http.Get("http://" + h.http + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-h.done:
			h.done <- err
			return fmt.Errorf("parley ended: %w", err)
		case <-ctx.Done():
			return errors.New("parley does not become ready")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends Parley and removes what it left.
func (h *house) stop() {
	if h.cmd != nil && h.cmd.Process != nil {
		_ = h.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-h.done:
		case <-time.After(10 * time.Second):
			_ = h.cmd.Process.Kill()
			<-h.done
		}
	}
	_ = os.RemoveAll(h.dir)
}

// freePort returns a loopback address whose port was free just now.
func freePort(network string) string {
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return "127.0.0.1:5060"
		}
		defer c.Close()
		return c.LocalAddr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:8080"
	}
	defer l.Close()
	return l.Addr().String()
}

// cpu returns the CPU time that Parley itself has used.
func (h *house) cpu() (time.Duration, error) { return cpuTimeOf(h.cmd.Process.Pid) }

func cpuTimeOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name in brackets may hold anything; utime and stime are the 12th
	// and 13th field after it, in ticks of 10 ms.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is not as expected")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}

// pss returns the memory of Parley itself, in KB, with its share of what it
// shares.
func (h *house) pss() (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", h.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
			return strconv.Atoi(f[1])
		}
	}
	return 0, errors.New("smaps_rollup has no Pss")
}
