package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// helper is this program in a role, in a process of its own. It ends when its
// standard input does.
type helper struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // of its standard output
}

func startHelper(ctx context.Context, role string, args ...string) (*helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &helper{cmd: exec.CommandContext(ctx, self, append([]string{role}, args...)...), lines: make(chan string, 16)}
	h.cmd.Stderr = os.Stderr
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(h.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			h.lines <- s.Text()
		}
	}()
	return h, nil
}

// line waits for the helper's next line.
func (h *helper) line(wait time.Duration) (string, error) {
	select {
	case l, ok := <-h.lines:
		if !ok {
			return "", errors.New("a helper has ended")
		}
		return l, nil
	case <-time.After(wait):
		return "", fmt.Errorf("%s is silent", strings.Join(h.cmd.Args[1:], " "))
	}
}

// tell gives the helper a line.
func (h *helper) tell(line string) error {
	_, err := io.WriteString(h.in, line+"\n")
	return err
}

// stop ends the helper.
func (h *helper) stop() {
	h.in.Close()
	done := make(chan struct{})
	go func() { _ = h.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = h.cmd.Process.Kill()
		<-done
	}
}
