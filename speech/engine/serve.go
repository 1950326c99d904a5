package engine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// childEnv marks a process as a child of a Pool and holds the name of its Kind.
const childEnv = "PARLEY_ENGINE"

// Kind is a sort of engine. In a new child it is called once, with the settings
// that its Pool was given, and returns what serves each Task. Serve runs in a
// goroutine per Task; a panic or a crash in it costs the child.
type Kind func(settings []byte) (serve func(*Task) error, err error)

// ServeIfChild does nothing in a process that no Pool has started. In a child
// it serves and exits. TestMain calls it first.
func ServeIfChild(kinds map[string]Kind) {
	if name := os.Getenv(childEnv); name != "" {
		os.Exit(Main([]string{name}, kinds))
	}
}

// Main is the child's program: args is the name of its Kind. It returns the
// exit code, when the parent closes the pipe or is gone.
func Main(args []string, kinds map[string]Kind) int {
	if len(args) != 1 || kinds[args[0]] == nil {
		fmt.Fprintf(os.Stderr, "engine: no engine %q; this command is Parley's own and not for use by hand\n", args)
		return 2
	}
	// The parent decides when a child ends, also when the service manager
	// signals them all: a call that is being drained still listens.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	out, err := takeStdout()
	if err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		return 1
	}
	if err := serve(os.Stdin, out, kinds[args[0]]); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		return 1
	}
	return 0
}

// takeStdout keeps the pipe for frames and sends whatever a library prints to
// standard output to standard error.
func takeStdout() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, fmt.Errorf("keep standard output: %w", err)
	}
	syscall.CloseOnExec(fd)
	if err := syscall.Dup3(2, 1, 0); err != nil {
		return nil, fmt.Errorf("redirect standard output: %w", err)
	}
	return os.NewFile(uintptr(fd), "parent"), nil
}

// server is the child's side of the pipe.
type server struct {
	mu    sync.Mutex // guards out and tasks
	out   io.Writer
	buf   []byte
	tasks map[uint32]*Task
}

func serve(in io.Reader, out io.Writer, kind Kind) error {
	s := &server{out: out, tasks: make(map[uint32]*Task)}
	r := bufio.NewReaderSize(in, 64<<10)
	first, err := readFrame(r)
	if err != nil || first.kind != frameSettings {
		return fmt.Errorf("no settings from the parent: %w", err)
	}
	run, err := kind(first.payload)
	if err != nil {
		_ = s.write(frame{kind: frameFailed, payload: []byte(err.Error())}) // the exit code says it too
		return err
	}
	if err := s.write(frame{kind: frameReady}); err != nil {
		return err
	}
	for {
		f, err := readFrame(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.take(f, run)
	}
}

// take hands one frame of the parent's to its task. It never blocks.
func (s *server) take(f frame, run func(*Task) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[f.work]
	switch {
	case f.kind == frameOpen && t == nil:
		t = newTask(s, f)
		s.tasks[f.work] = t
		go s.run(t, run)
	case t == nil: // over already
	case f.kind == frameData:
		t.put(f.payload)
	case f.kind == frameEnd:
		t.put(nil)
	case f.kind == frameCancel:
		t.cancel()
	case f.kind == frameTaken:
		select {
		case <-t.credit:
		default:
		}
	}
}

func (s *server) run(t *Task, run func(*Task) error) {
	err := run(t)
	s.mu.Lock()
	delete(s.tasks, t.id)
	s.mu.Unlock()
	f := frame{work: t.id, kind: frameEnd}
	if err != nil {
		f = frame{work: t.id, kind: frameFailed, payload: []byte(err.Error())}
	}
	_ = s.write(f) // fails only when the parent is gone; then we end too
}

func (s *server) write(f frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = f.append(s.buf[:0])
	if _, err := s.out.Write(s.buf); err != nil {
		return fmt.Errorf("write to the parent: %w", err)
	}
	return nil
}
