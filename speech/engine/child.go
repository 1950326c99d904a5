package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// outQueue is how many frames may wait for a child that does not read. It
// reads at once, so a full queue means that it hangs.
const outQueue = 4096

// child is one running process. Its fields are guarded by the Pool's mutex,
// but for the channel.
type child struct {
	cmd   *exec.Cmd
	out   chan frame
	ready bool
	works map[uint32]*Work
	err   error // what it said before it gave up
}

// send queues a frame; a child that does not read is killed. The Pool's mutex
// is held, so the order of frames is the order of calls.
func (c *child) send(f frame) {
	select {
	case c.out <- f:
	default:
		c.kill()
	}
}

// leaving reports whether a Work here is cancelled but not yet over.
func (c *child) leaving() bool {
	for _, w := range c.works {
		if w.ended {
			return true
		}
	}
	return false
}

// kill ends the process; its supervisor sees the pipe close.
func (c *child) kill() { _ = c.cmd.Process.Kill() } // fails only if it is dead

// supervise keeps one place of the Pool filled.
func (p *Pool) supervise(ctx context.Context, place int) {
	defer p.wg.Done()
	// The thread is this goroutine's own until both end: a child is killed
	// when the thread that started it goes (Pdeathsig), and inherits its
	// niceness.
	runtime.LockOSThread()
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, Nicer(p.c.Nice)); err != nil {
		p.log.Warn("engines keep their priority", "nice", p.c.Nice, "err", err)
	}
	pause := p.c.RestartMin
	for {
		began := time.Now()
		err := p.runChild(ctx, place)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > p.c.RestartMax {
			pause = p.c.RestartMin
		}
		p.log.Warn("engine died, starting another", "err", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, p.c.RestartMax)
	}
}

// runChild starts a child, serves it until it is gone and says why it went.
func (p *Pool) runChild(ctx context.Context, place int) (err error) {
	defer func() {
		p.mu.Lock()
		p.restarts++
		p.lastErr = err
		p.mu.Unlock()
	}()
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our own program: %w", err)
	}
	cmd := exec.CommandContext(ctx, exe, "engine", p.name)
	cmd.Env = childEnviron(p.name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	stderr := &logWriter{log: p.log}
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start an engine: %w", err)
	}
	c := &child{cmd: cmd, out: make(chan frame, outQueue), works: make(map[uint32]*Work)}
	c.out <- frame{kind: frameSettings, payload: p.settings}
	p.mu.Lock()
	p.children[place] = c
	p.mu.Unlock()
	starting := time.AfterFunc(p.c.StartTimeout, func() { p.giveUpUnlessReady(c) })

	gone := make(chan struct{})
	written := make(chan struct{})
	go func() {
		defer close(written)
		writeFrames(stdin, c.out, gone)
	}()
	readErr := p.readFrames(c, stdout)
	starting.Stop()
	c.kill() // it closed its end or broke the protocol
	close(gone)
	waitErr := cmd.Wait()
	<-written
	stderr.flush()

	p.mu.Lock()
	defer p.mu.Unlock()
	p.children[place] = nil
	err = errors.Join(c.err, readErr)
	if err == nil {
		err = waitErr
	}
	for _, w := range c.works {
		w.died(err)
	}
	c.works = nil
	p.broadcast()
	return err
}

func (p *Pool) giveUpUnlessReady(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !c.ready {
		c.err = fmt.Errorf("not set up within %v", p.c.StartTimeout)
		c.kill()
	}
}

// writeFrames writes what is queued, joined while there is more.
func writeFrames(w io.WriteCloser, out <-chan frame, gone <-chan struct{}) {
	defer w.Close()
	var buf []byte
	for {
		select {
		case f := <-out:
			buf = f.append(buf[:0])
		case <-gone:
			return
		}
		for more := true; more && len(buf) < 64<<10; {
			select {
			case f := <-out:
				buf = f.append(buf)
			default:
				more = false
			}
		}
		if _, err := w.Write(buf); err != nil {
			return // the reader sees the death and tells
		}
	}
}

// readFrames hands the child's frames on until the pipe ends.
func (p *Pool) readFrames(c *child, r io.Reader) error {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		f, err := readFrame(br)
		if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		p.mu.Lock()
		err = p.take(c, f)
		p.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// take handles one frame of a child's. p.mu is held.
func (p *Pool) take(c *child, f frame) error {
	if f.work == 0 {
		switch f.kind {
		case frameReady:
			c.ready = true
			p.broadcast()
		case frameFailed:
			c.err = errors.New(string(f.payload))
		}
		return nil
	}
	w := c.works[f.work]
	if w == nil {
		return fmt.Errorf("engine frame for work %d, which is not open", f.work)
	}
	switch f.kind {
	case frameData:
		return w.put(f.payload)
	case frameEnd:
		w.over(nil)
	case frameFailed:
		w.over(errors.New(string(f.payload)))
	}
	return nil
}

// childEnviron passes on what a program needs to run, and no secrets.
func childEnviron(name string) []string {
	env := []string{childEnv + "=" + name}
	for _, kv := range os.Environ() {
		key, _, _ := strings.Cut(kv, "=")
		if slices.Contains([]string{"PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "GOCOVERDIR"}, key) || strings.HasPrefix(key, "LC_") {
			env = append(env, kv)
		}
	}
	return env
}
