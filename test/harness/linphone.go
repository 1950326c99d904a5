package harness

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Linphone is a linphonec, which plays sound files into its calls and does as
// it is told by lines.
type Linphone struct {
	t     testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	said  output
	ended chan struct{}
}

// output is what a program writes while others read it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// NewLinphone starts a linphonec with a configuration file's text that says
// the file voice in its calls.
func NewLinphone(t *testing.T, config, voice string) *Linphone {
	t.Helper()
	program := Need(t, "linphonec", "linphone-cli")
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".local", "share", "linphone"), 0o700); err != nil { // it does not make it itself
		t.Fatal(err)
	}
	file := filepath.Join(dir, "linphonerc")
	put(t, file, []byte(config))
	l := &Linphone{t: t, cmd: exec.Command(program, "-c", file), ended: make(chan struct{})}
	l.cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	l.cmd.Stdout, l.cmd.Stderr = &l.said, &l.said
	var err error
	if l.in, err = l.cmd.StdinPipe(); err == nil {
		err = l.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(l.ended)
		_ = l.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = l.cmd.Process.Kill()
		<-l.ended
		if t.Failed() {
			t.Logf("linphonec said:\n%s", tail(l.said.String()))
		}
	})
	l.Do("ipv6 disable")
	l.Do("soundcard use files")
	l.Do("play " + voice)
	return l
}

// Do gives an order, such as "call sip:bob@127.0.0.1".
func (l *Linphone) Do(order string) {
	l.t.Helper()
	if _, err := fmt.Fprintln(l.in, order); err != nil {
		l.t.Fatal(err)
	}
}

// Await waits until linphonec has printed a text, such as "is now paused".
func (l *Linphone) Await(text string) {
	l.t.Helper()
	Eventually(l.t, "linphonec says "+text, func() bool { return strings.Contains(l.said.String(), text) })
}
