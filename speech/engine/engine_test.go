package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/speech"
)

func TestMain(m *testing.M) {
	ServeIfChild(map[string]Kind{"echo": echoKind, "broken": brokenKind})
	if os.Getenv("TEST_PARENT") != "" {
		parent()
	}
	goleak.VerifyTestMain(m)
}

func brokenKind([]byte) (func(*Task) error, error) { return nil, errors.New("no model here") }

// echoKind returns its input, after a prefix from the settings, and does what
// the request says at its end.
func echoKind(settings []byte) (func(*Task) error, error) {
	return func(t *Task) error {
		if string(t.Request) == "hang" {
			select {}
		}
		for {
			b, err := t.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if err := t.Send(append(bytes.Clone(settings), b...)); err != nil {
				return err
			}
		}
		fmt.Println("a library prints to standard output")
		switch string(t.Request) {
		case "fail":
			return errors.New("cannot say that")
		case "flood":
			for {
				if err := t.Send(make([]byte, 1000)); err != nil {
					return err
				}
			}
		}
		return nil
	}, nil
}

func testPool(t *testing.T, name string, change func(*Config)) *Pool {
	t.Helper()
	c := Defaults()
	c.Children, c.Works, c.RestartMin = 1, 2, time.Millisecond
	c.OpenTimeout = 20 * time.Second
	if change != nil {
		change(&c)
	}
	p, err := NewPool(c, name, []byte("re:"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func open(t *testing.T, p *Pool, request string) *Work {
	t.Helper()
	w, err := p.Open(t.Context(), []byte(request))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWorkGoesThereAndBack(t *testing.T) {
	p := testPool(t, "echo", nil)
	a, b := open(t, p, ""), open(t, p, "fail")
	a.Send([]byte("one"))
	b.Send([]byte("two"))
	a.Finish()
	b.Finish()
	for _, c := range []struct {
		w    *Work
		text string
		end  string
	}{{a, "re:one", "EOF"}, {b, "re:two", "cannot say that"}} {
		got, err := c.w.Recv(t.Context())
		if err != nil || string(got) != c.text {
			t.Fatalf("got %q, %v; want %q", got, err, c.text)
		}
		if _, err := c.w.Recv(t.Context()); err == nil || err.Error() != c.end {
			t.Errorf("ended with %v, want %s", err, c.end)
		}
	}
}

func TestOneMoreThanTheLimitIsBusy(t *testing.T) {
	p := testPool(t, "echo", nil)
	a, b := open(t, p, ""), open(t, p, "")
	if _, err := p.Open(t.Context(), nil); !errors.Is(err, speech.ErrBusy) {
		t.Fatalf("the third work gives %v, want ErrBusy", err)
	}
	a.Finish()
	if _, err := a.Recv(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	open(t, p, "").Close()
	b.Close()
}

func TestAKilledChildCostsItsWorksOnly(t *testing.T) {
	p := testPool(t, "echo", nil)
	w := open(t, p, "")
	pid := p.Health().PIDs[0]
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Recv(t.Context()); !errors.Is(err, speech.ErrUnavailable) {
		t.Fatalf("work in a killed child ends with %v, want ErrUnavailable", err)
	}
	w = open(t, p, "")
	w.Send([]byte("again"))
	if got, err := w.Recv(t.Context()); err != nil || string(got) != "re:again" {
		t.Errorf("after the kill: %q, %v", got, err)
	}
	if h := p.Health(); h.Restarts != 1 || h.PIDs[0] == pid {
		t.Errorf("health %+v: want one restart and another process", h)
	}
}

func TestAStuckChildIsKilledAfterCancel(t *testing.T) {
	p := testPool(t, "echo", func(c *Config) { c.Works, c.Patience = 1, time.Millisecond })
	w := open(t, p, "hang")
	pid := p.Health().PIDs[0]
	w.Close()
	open(t, p, "").Close() // waits until there is a child with room
	if h := p.Health(); len(h.PIDs) == 1 && h.PIDs[0] == pid {
		t.Error("the stuck child is still there")
	}
}

func TestASlowReaderHoldsTheChildBack(t *testing.T) {
	p := testPool(t, "echo", nil)
	flood, other := open(t, p, "flood"), open(t, p, "")
	flood.Finish()
	other.Send([]byte("x")) // must pass, though nobody reads the flood
	if _, err := other.Recv(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 10 * window {
		if _, err := flood.Recv(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	flood.Close()
	other.Close()
}

func TestRecvEndsWithItsContext(t *testing.T) {
	p := testPool(t, "echo", nil)
	w := open(t, p, "")
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Recv(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestAnEngineThatCannotStartSaysWhy(t *testing.T) {
	p := testPool(t, "broken", func(c *Config) { c.OpenTimeout = 500 * time.Millisecond })
	_, err := p.Open(t.Context(), nil)
	if !errors.Is(err, speech.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
}

func TestChildrenAreNicedAndEndWithThePool(t *testing.T) {
	ours, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // 20 - nice
	if err != nil {
		t.Fatal(err)
	}
	p := testPool(t, "echo", func(c *Config) { c.Nice = 7 })
	open(t, p, "").Close()
	pid := p.Health().PIDs[0]
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	if nice, want := strings.Fields(rest)[16], strconv.Itoa(min(20-ours+7, 19)); nice != want {
		t.Errorf("the child's nice is %s, want %s", nice, want)
	}
	if now, _ := syscall.Getpriority(syscall.PRIO_PROCESS, 0); now != ours {
		t.Errorf("our own priority is now %d, and was %d", now, ours)
	}
	p.Close()
	if err := syscall.Kill(pid, 0); err == nil {
		t.Error("the child outlives its pool")
	}
}

// parent is a program with a child, whose pid it prints; it waits to be killed.
func parent() {
	c := Defaults()
	c.Children, c.OpenTimeout = 1, time.Minute
	p, err := NewPool(c, "echo", nil, slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
	}
	if _, err := p.Open(context.Background(), []byte("hang")); err != nil {
		panic(err)
	}
	fmt.Println(p.Health().PIDs[0])
	select {}
}

func TestAChildDiesWithAKilledParent(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_PARENT=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	child, err := os.FindProcess(pid) // holds on to it, by pidfd
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(child.Signal(syscall.Signal(0)), cmd.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as it must be
	for end := time.Now().Add(patience); child.Signal(syscall.Signal(0)) == nil; time.Sleep(time.Millisecond) {
		if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(state), ") Z ") {
			return // dead; its new parent has not looked yet
		}
		if time.Now().After(end) {
			t.Fatal("the child outlives its killed parent")
		}
	}
}

// patience bounds a wait that nothing measures.
const patience = 30 * time.Second

func TestMainRefusesUnknownNames(t *testing.T) {
	if code := Main([]string{"nothing"}, nil); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=echo")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("a child without a parent ends well: %s", out)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame{work: 3, kind: frameData, payload: []byte("hello")}.append(nil))
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readFrame(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return
		}
		if again := got.append(nil); !bytes.Equal(again, b[:len(again)]) {
			t.Errorf("%x reads as %x", b, again)
		}
	})
}
